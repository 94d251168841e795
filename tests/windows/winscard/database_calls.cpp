// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What Windows keeps beside the readers and pcsc-lite does not: names of card types (none is
// introduced here), the card cache (always empty), facts of the device. And the headers that
// programs take for SCardTransmit.
#include <array>

#include "windows/winscard/handles.h"
#include "windows/winscard/text.h"

namespace forwarder {
namespace {

Code for_context(Handle handle, Code otherwise) {
    return handle == 0 || contexts().find(handle) ? otherwise : error_invalid_handle;
}

/// An empty multi-string: no card type is known.
template <class Char>
Code list_cards(Handle handle, Char* out, Dword* length) {
    const Code result = for_context(handle, 0);
    return result == 0 ? give_text(std::string_view("\0", 1), out, length) : result;
}

/// One black dot, the same for every reader: a file of type .ico.
constexpr std::array<std::uint8_t, 70> icon = {
    0,  0, 1, 0, 1, 0,                                     // one icon
    1,  1, 0, 0, 1, 0, 32, 0, 48, 0, 0, 0, 22, 0, 0,  0,   // 1 x 1, 32 bits, 48 bytes from 22
    40, 0, 0, 0, 1, 0, 0,  0, 2,  0, 0, 0, 1,  0, 32, 0};  // its bitmap's header, and nothing else

}  // namespace

extern "C" {
__attribute__((visibility("default"))) IoRequest fw_pci_t0 = {SCARD_PROTOCOL_T0, sizeof(IoRequest)};
__attribute__((visibility("default"))) IoRequest fw_pci_t1 = {SCARD_PROTOCOL_T1, sizeof(IoRequest)};
__attribute__((visibility("default"))) IoRequest fw_pci_raw = {protocol_raw, sizeof(IoRequest)};
}

FORWARDER_CALL Code fw_SCardListCardsA(Handle context, const std::uint8_t*, const void*, Dword,
                                       char* out, Dword* length) {
    return list_cards(context, out, length);
}
FORWARDER_CALL Code fw_SCardListCardsW(Handle context, const std::uint8_t*, const void*, Dword,
                                       char16_t* out, Dword* length) {
    return list_cards(context, out, length);
}
FORWARDER_CALL Code fw_SCardLocateCards(Handle context, const void*, void*, Dword) {
    return for_context(context, unknown_card);
}
FORWARDER_CALL Code fw_SCardListInterfaces(Handle context, const void*, void*, Dword*) {
    return for_context(context, unknown_card);
}
FORWARDER_CALL Code fw_SCardGetProviderId(Handle context, const void*, void*) {
    return for_context(context, unknown_card);
}
FORWARDER_CALL Code fw_SCardGetCardTypeProviderName(Handle context, const void*, Dword, void*,
                                                    Dword*) {
    return for_context(context, unknown_card);
}
FORWARDER_CALL Code fw_SCardReadCache(Handle context, const void*, Dword, const void*, void*,
                                      Dword*) {
    return for_context(context, cache_item_not_found);
}
FORWARDER_CALL Code fw_SCardWriteCache(Handle context, const void*, Dword, const void*, const void*,
                                       Dword) {
    return for_context(context, unsupported_feature);
}
FORWARDER_CALL Code fw_SCardGetReaderIcon(Handle context, const void*, std::uint8_t* out,
                                          Dword* length) {
    const Code result = for_context(context, 0);
    return result == 0 ? give(icon.data(), icon.size(), out, length) : result;
}
FORWARDER_CALL Code fw_SCardGetDeviceTypeId(Handle context, const void*, Dword*) {
    return for_context(context, unsupported_feature);
}
FORWARDER_CALL Code fw_SCardGetReaderDeviceInstanceId(Handle context, const void*, void*, Dword*) {
    return for_context(context, unsupported_feature);
}
FORWARDER_CALL Code fw_SCardGetTransmitCount(Handle handle, Dword*) {
    return cards().find(handle) ? unsupported_feature : error_invalid_handle;
}

}  // namespace forwarder

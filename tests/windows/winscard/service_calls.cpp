// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The calls that take an SCARDCONTEXT, but for those that wait for a change (change_calls.cpp).
#include <string>

#include "windows/winscard/handles.h"
#include "windows/winscard/text.h"

extern "C" __attribute__((ms_abi)) void* CreateEventW(void* security, int is_manual, int is_set,
                                                      const char16_t* name);
extern "C" __attribute__((ms_abi)) int CloseHandle(void* handle);

namespace forwarder {
namespace {

/// The readers as a multi-string, its final NUL included.
Code read_readers(SCARDCONTEXT context, std::string& names) {
    DWORD length = 0;
    LONG result = SCardListReaders(context, nullptr, nullptr, &length);
    while (result == SCARD_S_SUCCESS) {
        names.resize(length);
        result = SCardListReaders(context, nullptr, names.data(), &length);
        if (result != SCARD_E_INSUFFICIENT_BUFFER) break;
        result = SCARD_S_SUCCESS;
    }
    if (result == SCARD_S_SUCCESS) names.resize(length);
    return code(result);
}

constexpr std::string_view all_readers("SCard$AllReaders\0", 17);
constexpr std::string_view default_readers("SCard$DefaultReaders\0\0", 22);

/// pcsc-lite knows one group only, and no "all readers".
template <class Char>
bool has_known_group(const Char* groups) {
    if (groups == nullptr || *groups == 0) return true;
    for (; *groups != 0; groups += std::char_traits<Char>::length(groups) + 1) {
        const std::string group = from_program(groups);
        if (group == all_readers.data() || group == default_readers.data()) return true;
    }
    return false;
}

template <class Char>
Code list_readers(Handle handle, const Char* groups, Char* out, Dword* length) {
    // Windows lists readers without a context, too.
    auto context = contexts().find(handle);
    Code result = 0;
    if (!context && handle == 0) {
        auto service = Service::establish(result);
        if (!service) return result;
        context = std::make_shared<Context>(std::move(service));
    }
    if (!context) return error_invalid_handle;
    std::string names;
    result = read_readers(context->get(), names);
    if (result != 0) return result;
    if (!has_known_group(groups)) return code(SCARD_E_NO_READERS_AVAILABLE);
    return give_text(names, out, length);
}

template <class Char>
Code list_groups(Handle handle, Char* out, Dword* length) {
    if (handle != 0 && !contexts().find(handle)) return error_invalid_handle;
    return give_text(default_readers, out, length);
}

std::mutex started_mutex;
void* started_event = nullptr;
int started_users = 0;

}  // namespace

FORWARDER_CALL Code fw_SCardEstablishContext(Dword, const void*, const void*, Handle* out) {
    if (out == nullptr) return code(SCARD_E_INVALID_PARAMETER);
    *out = 0;
    Code result = 0;
    auto service = Service::establish(result);
    if (service) *out = contexts().add(std::make_shared<Context>(std::move(service)));
    return result;
}

FORWARDER_CALL Code fw_SCardReleaseContext(Handle handle) {
    const auto context = contexts().take(handle);
    if (!context) return error_invalid_handle;
    context->cancel_waits();
    // What pcscd does for a context that goes: a card in a transaction is reset.
    for (const auto& card : cards().take_all([&](Card& one) { return one.context == handle; })) {
        disconnect(*card, card->transactions > 0 ? SCARD_RESET_CARD : SCARD_LEAVE_CARD);
    }
    return 0;
}

FORWARDER_CALL Code fw_SCardIsValidContext(Handle handle) {
    const auto context = contexts().find(handle);
    return context ? code(SCardIsValidContext(context->get())) : error_invalid_handle;
}

FORWARDER_CALL Code fw_SCardListReadersA(Handle context, const char* groups, char* out,
                                         Dword* length) {
    return list_readers(context, groups, out, length);
}
FORWARDER_CALL Code fw_SCardListReadersW(Handle context, const char16_t* groups, char16_t* out,
                                         Dword* length) {
    return list_readers(context, groups, out, length);
}
FORWARDER_CALL Code fw_SCardListReaderGroupsA(Handle context, char* out, Dword* length) {
    return list_groups(context, out, length);
}
FORWARDER_CALL Code fw_SCardListReaderGroupsW(Handle context, char16_t* out, Dword* length) {
    return list_groups(context, out, length);
}

FORWARDER_CALL Code fw_SCardFreeMemory(Handle, void* memory) {
    std::free(memory);
    return 0;
}

/// Set if the service answers now: pcscd tells nobody when it starts.
FORWARDER_CALL void* fw_SCardAccessStartedEvent() {
    Code result = 0;
    const bool has_started = Service::establish(result) != nullptr;
    const std::lock_guard lock(started_mutex);
    if (started_event == nullptr) {
        started_event = CreateEventW(nullptr, 1, has_started ? 1 : 0, nullptr);
    }
    if (started_event != nullptr) started_users++;
    return started_event;
}

FORWARDER_CALL void fw_SCardReleaseStartedEvent() {
    const std::lock_guard lock(started_mutex);
    if (started_users == 0 || --started_users > 0) return;
    CloseHandle(started_event);
    started_event = nullptr;
}

}  // namespace forwarder

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the properties of providers and of keys have in common. Private to src/api/ksp.
#pragma once

#include "api/ksp/ksp.h"
#include "api/ksp/little_endian.h"

namespace cardmux::ksp {

namespace property {
constexpr const char* name = "Name";
constexpr const char* window = "HWND Handle";
constexpr const char* use_context = "Use Context";
constexpr const char* reader = "SmartCardReader";
constexpr const char* pin = "SmartCardPin";
constexpr const char* card_guid = "SmartCardGuid";
constexpr const char* user_store = "SmartCardUserCertStore";
constexpr const char* root_store = "SmartcardRootCertStore";  // as ncrypt.h writes it
constexpr const char* length = "Length";
constexpr const char* export_policy = "Export Policy";
constexpr const char* key_usage = "Key Usage";
constexpr const char* ui_policy = "UI Policy";
constexpr const char* certificate = "SmartCardKeyCertificate";
}  // namespace property

constexpr std::size_t handle_size = 8;  // HWND, HCERTSTORE, NCRYPT_PROV_HANDLE on 64-bit Windows

inline Bytes dword(std::uint32_t number) {
    return little_endian(number, 4);
}

/// errors    NTE_INVALID_PARAMETER: not four bytes
Outcome<std::uint32_t> read_dword(ByteView value);

/// "HWND Handle" and "Use Context".
///
/// errors    NTE_NOT_SUPPORTED: another property; NTE_INVALID_PARAMETER
Outcome<void> set_dialog(Dialog& dialog, const std::string& name, ByteView value);

/// The PIN that a program gives; none to take it back.
///
/// value     UTF-16 with a terminating zero, or nothing
/// errors    NTE_INVALID_PARAMETER: no text. SCARD_W_WRONG_CHV and what else the card says
/// waits     for the card
Outcome<void> give_pin(Ksp& ksp, const container::CardInReader& card,
                       const container::Caller& caller, ByteView value);

/// A certificate store with what the card holds, as HCERTSTORE; or an empty one.
Outcome<Bytes> user_store(Ksp& ksp, const container::CardInReader& card);
Outcome<Bytes> empty_store(Ksp& ksp);

}  // namespace cardmux::ksp

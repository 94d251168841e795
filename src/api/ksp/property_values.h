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
constexpr const char* secure_pin = "SmartCardSecurePin";
constexpr const char* card_guid = "SmartCardGuid";
constexpr const char* user_store = "SmartCardUserCertStore";
constexpr const char* root_store = "SmartcardRootCertStore";  // as ncrypt.h writes it
constexpr const char* length = "Length";
constexpr const char* curve_name = "ECCCurveName";
constexpr const char* export_policy = "Export Policy";
constexpr const char* key_usage = "Key Usage";
constexpr const char* ui_policy = "UI Policy";
constexpr const char* security = "Security Descr";
constexpr const char* certificate = "SmartCardKeyCertificate";
}  // namespace property

constexpr std::size_t handle_size = 8;  // HWND, HCERTSTORE, NCRYPT_PROV_HANDLE on 64-bit Windows

/// Values of "Key Usage" (ncrypt.h).
namespace usage {
constexpr std::uint32_t decrypt = 0x1;
constexpr std::uint32_t sign = 0x2;
constexpr std::uint32_t agree = 0x4;
constexpr std::uint32_t all = 0xFFFFFF;
}  // namespace usage

/// What a card without session PINs answers (winerror.h).
constexpr Status scard_e_unsupported_feature = 0x80100022;

/// errors    NTE_INVALID_PARAMETER: a longer name or value than a property may have
Outcome<void> check_limits(const std::string& name, ByteView value);

inline Bytes dword(std::uint32_t number) {
    return little_endian(number, 4);
}

inline std::uint32_t curve_bits(crypto::Curve curve) {
    return static_cast<std::uint32_t>(8 * crypto::field_size(curve));
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

/// A session PIN comes from a card's own secure entry, and no card here gives any. It is never
/// presented as a PIN: that would cost one of the card's tries.
///
/// errors    NTE_INVALID_PARAMETER: no text; else SCARD_E_UNSUPPORTED_FEATURE
Outcome<void> refuse_session_pin(ByteView value);

/// The picture of the reader that a card is in.
///
/// errors    NTE_NOT_FOUND: the system has none
Outcome<Bytes> reader_icon(Ksp& ksp, const container::CardInReader& card);

/// A certificate store with what the card holds, as HCERTSTORE; or an empty one.
Outcome<Bytes> user_store(Ksp& ksp, const container::CardInReader& card);
Outcome<Bytes> empty_store(Ksp& ksp);

}  // namespace cardmux::ksp

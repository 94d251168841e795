// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the properties of providers and of keys have in common. Private to src/api/ksp.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

#include "api/ksp/ksp.h"
#include "api/ksp/little_endian.h"
#include "api/ksp/output.h"

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

constexpr std::size_t guid_size = 16;
constexpr std::size_t handle_size = 8;  // HWND, HCERTSTORE, NCRYPT_PROV_HANDLE on 64-bit Windows

/// Values of "Key Usage" (ncrypt.h).
namespace usage {
constexpr std::uint32_t decrypt = 0x1;
constexpr std::uint32_t sign = 0x2;
constexpr std::uint32_t agree = 0x4;
constexpr std::uint32_t all = 0xFFFFFF;
}  // namespace usage

inline Bytes dword(std::uint32_t number) {
    return little_endian(number, 4);
}

/// A property of a provider or a key, and how it is read.
template <typename Object>
struct Property {
    std::string_view name;
    Outcome<Bytes> (*value)(Ksp& ksp, Object& object);
};

template <std::uint32_t number, typename Object>
Outcome<Bytes> always(Ksp& /*ksp*/, Object& /*object*/) {
    return dword(number);
}

template <typename Object>
Outcome<Bytes> window_of(Ksp& /*ksp*/, Object& object) {
    return little_endian(object.state.lock()->dialog.window, handle_size);
}

template <typename Object>
Outcome<Bytes> use_context_of(Ksp& /*ksp*/, Object& object) {
    return utf16_of(object.state.lock()->dialog.use_context);
}

/// The size of a value that is always as long; none of others.
inline std::optional<std::size_t> known_size(std::string_view name) {
    if (name == property::user_store || name == property::root_store) return handle_size;
    if (name == property::card_guid) return guid_size;
    return std::nullopt;
}

/// To tell a known size, no card is read, and no store made that somebody would have to close.
///
/// read      makes the value of a property of the table
/// errors    NTE_BAD_FLAGS; NTE_NOT_SUPPORTED: not in the table; NTE_BUFFER_TOO_SMALL; those of
///           `read`
template <typename Object, typename Read>
Outcome<void> read_property(std::span<const Property<Object>> table, const std::string& name,
                            std::uint32_t flags, Output& value, Read&& read) {
    CARDMUX_TRY(check_flags(flags, flag::silent | flag::persist_only));
    if ((flags & flag::persist_only) != 0) return refuse(status::nte_not_supported);
    const auto found = std::ranges::find(table, name, &Property<Object>::name);
    if (found == table.end()) return refuse(status::nte_not_supported);
    const auto size = known_size(name);
    if (size && value.ends_with_size(*size)) return value.only_size();
    CARDMUX_TRY_ASSIGN(const Bytes bytes, read(*found));
    return value.give(bytes);
}

/// errors    NTE_INVALID_PARAMETER: a longer name or value than a property may have
Outcome<void> check_limits(const std::string& name, ByteView value);

inline std::uint32_t curve_bits(crypto::Curve curve) {
    return static_cast<std::uint32_t>(8 * crypto::field_size(curve));
}

/// errors    NTE_INVALID_PARAMETER: not four bytes
Outcome<std::uint32_t> read_dword(ByteView value);

/// "HWND Handle" and "Use Context".
///
/// errors    NTE_NOT_SUPPORTED: another property; NTE_INVALID_PARAMETER
Outcome<void> set_dialog(Dialog& dialog, const std::string& name, ByteView value);
/// Of a provider or a key: what threads set at once is all kept.
template <typename Object>
Outcome<void> set_dialog_of(Object& object, const std::string& name, ByteView value) {
    auto state = object.state.lock();
    return set_dialog(state->dialog, name, value);
}

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

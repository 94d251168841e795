// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <algorithm>
#include <array>

#include "api/ksp/changing_keys.h"
#include "api/ksp/properties.h"
#include "api/ksp/property_values.h"
#include "api/windows/pin_info.h"
#include "container/container_name.h"

namespace cardmux::ksp {
namespace {

// ---- of every key -------------------------------------------------------------------------------

Outcome<Bytes> algorithm_name(Ksp&, KspKey& key) {
    return utf16_of(key.algorithm().name);
}

Outcome<Bytes> algorithm_group(Ksp&, KspKey& key) {
    return utf16_of(key.algorithm().group);
}

Outcome<Bytes> curve_name(Ksp&, KspKey& key) {
    const Algorithm& algorithm = key.algorithm();
    if (algorithm.is_rsa()) return refuse(status::nte_not_supported);
    if (algorithm.curve_name == nullptr) return refuse(status::nte_bad_key_state);
    return utf16_of(algorithm.curve_name);
}

Outcome<Bytes> length(Ksp&, KspKey& key) {
    if (key.public_key) return dword(static_cast<std::uint32_t>(crypto::key_bits(*key.public_key)));
    const std::uint32_t bits = key.state.lock()->bits;
    if (bits == 0) return refuse(status::nte_bad_key_state);
    return dword(bits);
}

/// NCRYPT_SUPPORTED_LENGTHS: shortest, longest, step, default.
Outcome<Bytes> lengths(Ksp&, KspKey& key) {
    const Algorithm& algorithm = key.algorithm();
    std::array<std::uint32_t, 4> numbers{256, 384, 128, 256};  // of the curves
    if (algorithm.is_rsa()) numbers = {1024, 4096, 1024, key.settings.default_key_bits};
    if (algorithm.curve) {
        const std::uint32_t bits = curve_bits(*algorithm.curve);
        numbers = {bits, bits, 0, bits};
    }
    Bytes value;
    for (const std::uint32_t number : numbers) append_u32(value, number);
    return value;
}

Outcome<Bytes> block_length(Ksp&, KspKey& key) {
    if (!key.public_key) return refuse(status::nte_bad_key_state);
    return dword(static_cast<std::uint32_t>((crypto::key_bits(*key.public_key) + 7) / 8));
}

/// What a key of this algorithm can be for.
std::uint32_t possible_usage(KspKey& key) {
    const Algorithm& algorithm = key.algorithm();
    if (algorithm.is_rsa()) return usage::decrypt | usage::sign;
    return algorithm.derives() ? usage::agree : usage::sign;
}

Outcome<Bytes> key_usage(Ksp&, KspKey& key) {
    if (!key.container) {
        const auto wanted = key.state.lock()->usage;
        return dword(wanted.value_or(possible_usage(key)));
    }
    const drivers::CardKey& card_key = key.container->key().key;
    return dword((card_key.can_decrypt ? usage::decrypt : 0) |
                 (card_key.can_sign ? usage::sign : 0) | (card_key.can_derive ? usage::agree : 0));
}

Outcome<Bytes> provider_handle(Ksp&, KspKey& key) {
    return little_endian(key.provider_handle, handle_size);
}

/// NCRYPT_UI_POLICY_BLOB, as it was set.
Outcome<Bytes> ui_policy(Ksp&, KspKey& key) {
    Bytes policy = key.state.lock()->ui_policy;
    if (policy.empty()) return refuse(status::nte_not_found);
    return policy;
}

Outcome<Bytes> unknown(Ksp&, KspKey&) {
    return refuse(status::nte_not_supported);
}

// ---- of a card's key ----------------------------------------------------------------------------

Outcome<Bytes> name(Ksp&, KspKey& key) {
    if (key.container) return utf16_of(key.container->container.name);
    if (!key.plan) return refuse(status::nte_not_supported);  // an imported public one has none
    if (key.plan->name.empty()) return refuse(status::nte_bad_key_state);
    return utf16_of(key.plan->name);
}

Outcome<Bytes> reader(Ksp&, KspKey& key) {
    if (key.card() == nullptr) return refuse(status::nte_not_found);
    return utf16_of(key.card()->reader);
}

Outcome<Bytes> card_guid(Ksp&, KspKey& key) {
    if (key.card() == nullptr) return refuse(status::nte_not_found);
    return container::guid_of(key.card()->contents->identity);
}

Outcome<Bytes> certificate(Ksp&, KspKey& key) {
    if (!key.container) return refuse(status::nte_not_found);
    const auto contents = contents_around(key);
    const auto found =
        std::ranges::find(contents->certificates, key.container->container.key_reference,
                          &token::TokenCertificate::key_reference);
    if (found == contents->certificates.end()) return refuse(status::nte_not_found);
    return found->certificate.der;
}

Outcome<Bytes> user_store_of(Ksp& ksp, KspKey& key) {
    if (key.card() == nullptr) return refuse(status::nte_not_found);
    return user_store(ksp, *key.card());
}

Outcome<Bytes> root_store_of(Ksp& ksp, KspKey& key) {
    if (key.card() == nullptr) return refuse(status::nte_not_found);
    return empty_store(ksp);
}

Outcome<Bytes> pin_id(Ksp&, KspKey& key) {
    if (key.card() == nullptr) return refuse(status::nte_not_found);
    return dword(api::user_pin_id);
}

Outcome<Bytes> reader_icon_of(Ksp& ksp, KspKey& key) {
    if (key.card() == nullptr) return refuse(status::nte_not_found);
    return reader_icon(ksp, *key.card());
}

Outcome<Bytes> pin_info(Ksp&, KspKey& key) {
    if (!key.container) return refuse(status::nte_not_found);
    return api::pin_info(key.settings.pin_rules, key.container->key().key.pin_policy);
}

/// The container on the same card whose key agrees on secrets.
Outcome<Bytes> associated_ecdh_key(Ksp&, KspKey& key) {
    if (!key.container) return refuse(status::nte_not_found);
    const container::CardInReader& card = key.container->card;
    for (const container::Container& candidate : container::containers_of(*card.contents)) {
        if (card.contents->find_key(candidate.key_reference)->key.can_derive)
            return utf16_of(candidate.name);
    }
    return refuse(status::nte_not_found);
}

constexpr std::array<Property<KspKey>, 30> table = {{
    {property::name, name},
    // Not the form with the reader: programs keep it, and a card moves between readers.
    {"Unique Name", name},
    {"Algorithm Name", algorithm_name},
    {"Algorithm Group", algorithm_group},
    {property::curve_name, curve_name},
    {property::length, length},
    {"PublicKeyLength", length},  // Windows 10; .NET asks for it first
    {"Lengths", lengths},
    {"Block Length", block_length},
    {property::export_policy, always<0>},
    {property::key_usage, key_usage},
    {"Key Type", always<0>},
    {"Impl Type", always<0x1 | 0x8>},  // asked of keys as well: HARDWARE, REMOVABLE
    {property::ui_policy, ui_policy},
    {"Modified", unknown},
    {"Use Count", unknown},
    {"DHParameters", unknown},
    {"SmartCardPinPrompt", unknown},  // documented as not supported
    {"Provider Handle", provider_handle},
    {property::window, window_of},
    {property::use_context, use_context_of},
    {property::certificate, certificate},
    {property::reader, reader},
    {property::card_guid, card_guid},
    {property::user_store, user_store_of},
    {property::root_store, root_store_of},
    {"SmartCardPinId", pin_id},
    {"SmartCardPinInfo", pin_info},
    {"SmartCardAssociatedECDHKey", associated_ecdh_key},
    {"SmartCardReaderIcon", reader_icon_of},
}};

// ---- setting ------------------------------------------------------------------------------------

/// An imported key has its length.
Outcome<void> set_length(KspKey& key, ByteView value) {
    constexpr std::uint32_t bits_min = 1024;
    constexpr std::uint32_t bits_max = 4096;
    CARDMUX_TRY_ASSIGN(const std::uint32_t bits, read_dword(value));
    const Algorithm& algorithm = key.algorithm();
    if (!algorithm.is_rsa() && !algorithm.curve) return refuse(status::nte_bad_key_state);
    const bool is_possible = algorithm.curve
                                 ? bits == curve_bits(*algorithm.curve)
                                 : bits >= bits_min && bits <= bits_max && bits % bits_min == 0;
    if (!is_possible) return refuse(status::nte_invalid_parameter);
    if (key.plan->imported && key.state.lock()->bits != bits)
        return refuse(status::nte_bad_key_state);
    key.state.lock()->bits = bits;
    return done();
}

/// With it "ECDSA" and "ECDH" become the algorithm of that curve, which cannot be another then.
Outcome<void> set_curve(KspKey& key, ByteView value) {
    CARDMUX_TRY_ASSIGN(const std::string name, utf8_of(value));
    const auto curve = find_curve(name);
    auto state = key.state.lock();
    if (!curve || state->algorithm->is_rsa()) return refuse(status::nte_not_supported);
    if (state->algorithm->curve.value_or(*curve) != *curve)
        return refuse(status::nte_invalid_parameter);
    state->algorithm = &algorithm_of(*curve, state->algorithm->derives());
    state->bits = curve_bits(*curve);
    return done();
}

/// A card's key never leaves it: another wish is refused, and not just forgotten.
Outcome<void> set_export_policy(ByteView value) {
    CARDMUX_TRY_ASSIGN(const std::uint32_t policy, read_dword(value));
    return policy == 0 ? done() : Outcome<void>(refuse(status::nte_not_supported));
}

/// Only the shape is looked at: that the PIN guards the key is the card's doing. A key for which a
/// person confirms each use with a password of its own (FORCE_HIGH_PROTECTION) is not to be had.
Outcome<void> set_ui_policy(KspKey& key, ByteView value) {
    constexpr std::uint32_t version = 1;
    constexpr std::uint32_t protect_key = 0x1;
    StructureReader reader(value);
    const bool is_known = reader.u32() == version;
    const std::uint32_t wanted = reader.u32();
    std::size_t texts_size = 0;  // the title, the key's name, its description
    for (int text = 0; text < 3; ++text) texts_size += reader.u32();
    if (!reader.ok() || !is_known || reader.rest().size() != texts_size)
        return refuse(status::nte_invalid_parameter);
    if ((wanted & ~protect_key) != 0) return refuse(status::nte_not_supported);
    key.state.lock()->ui_policy = to_bytes(value);
    return done();
}

/// What can be said of a key before it is made.
Outcome<void> set_before_making(KspKey& key, const std::string& name, ByteView value) {
    if (!key.plan) return refuse(status::nte_bad_key_state);
    if (name == property::length) return set_length(key, value);
    if (name == property::curve_name) return set_curve(key, value);
    if (name == property::export_policy) return set_export_policy(value);
    if (name == property::ui_policy) return set_ui_policy(key, value);
    CARDMUX_TRY_ASSIGN(const std::uint32_t wanted, read_dword(value));
    const std::uint32_t possible = possible_usage(key);
    if (wanted != usage::all && (wanted & ~possible) != 0) return refuse(status::nte_not_supported);
    key.state.lock()->usage = wanted & possible;
    return done();
}

bool is_set_before_making(const std::string& name) {
    return name == property::length || name == property::export_policy ||
           name == property::key_usage || name == property::ui_policy ||
           name == property::curve_name;
}

}  // namespace

Outcome<void> get_key_property(Ksp& ksp, KspKey& key, const std::string& wanted, Output& value,
                               std::uint32_t flags) {
    // Its flags say which parts of it are wanted.
    if (wanted == property::security) return refuse(status::nte_not_supported);
    return read_property<KspKey>(table, wanted, flags, value, [&](const Property<KspKey>& found) {
        return found.value(ksp, key);
    });
}

Outcome<void> set_key_property(Ksp& ksp, KspKey& key, const std::string& wanted, ByteView value,
                               std::uint32_t flags) {
    CARDMUX_TRY(check_limits(wanted, value));
    if (wanted == property::security) return refuse(status::nte_not_supported);
    CARDMUX_TRY(check_flags(flags, flag::silent | flag::persist));
    if (is_set_before_making(wanted)) return set_before_making(key, wanted, value);
    if (wanted == property::certificate) return set_certificate(ksp, key, value, flags);
    if ((flags & flag::persist) != 0) return refuse(status::nte_not_supported);
    if (wanted == property::pin) {
        if (key.card() == nullptr) return refuse(status::nte_not_supported);
        return give_pin(ksp, *key.card(), ksp.caller_for(key, flags), value);
    }
    if (wanted == property::secure_pin) return refuse_session_pin(value);
    return set_dialog_of(key, wanted, value);
}

}  // namespace cardmux::ksp

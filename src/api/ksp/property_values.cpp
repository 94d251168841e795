// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/property_values.h"

namespace cardmux::ksp {

Outcome<void> check_limits(const std::string& name, ByteView value) {
    constexpr std::size_t name_max = 64;         // NCRYPT_MAX_PROPERTY_NAME
    constexpr std::size_t value_max = 0x100000;  // NCRYPT_MAX_PROPERTY_DATA
    if (name.size() > name_max || value.size() > value_max)
        return refuse(status::nte_invalid_parameter);
    return done();
}

Outcome<std::uint32_t> read_dword(ByteView value) {
    if (value.size() != 4) return refuse(status::nte_invalid_parameter);
    return static_cast<std::uint32_t>(read_little_endian(value));
}

Outcome<void> set_dialog(Dialog& dialog, const std::string& name, ByteView value) {
    if (name == property::window) {
        if (value.size() != handle_size) return refuse(status::nte_invalid_parameter);
        dialog.window = read_little_endian(value);
        return done();
    }
    if (name == property::use_context) {
        CARDMUX_TRY_ASSIGN(dialog.use_context, utf8_of(value));
        return done();
    }
    return refuse(status::nte_not_supported);
}

/// Straight from the caller's memory into a secret's: a PIN of the characters that every card's may
/// have, which are ASCII's. Others have no agreed encoding on a card.
Outcome<void> give_pin(Ksp& ksp, const container::CardInReader& card,
                       const container::Caller& caller, ByteView value) {
    constexpr std::size_t pin_size_max = 256;
    if (value.size() % 2 != 0) return refuse(status::nte_invalid_parameter);
    std::size_t size = value.size() / 2;
    while (size > 0 && value[2 * size - 2] == 0 && value[2 * size - 1] == 0) --size;
    if (size == 0) {
        ksp.access().forget_pin(card, caller.client.domain);
        return done();
    }
    if (size > pin_size_max) return refuse(status::nte_invalid_parameter);
    Bytes characters(size);
    const WipedAtEnd wiped(characters);
    bool is_ascii = true;
    for (std::size_t i = 0; i < size; ++i) {
        characters[i] = value[2 * i];
        is_ascii = is_ascii && value[2 * i + 1] == 0 && value[2 * i] != 0 && value[2 * i] < 0x80;
    }
    const SecretBytes pin(characters);
    if (!is_ascii) return refuse(status::scard_e_invalid_chv);
    return ksp.access().give_pin(card, caller, pin);
}

Outcome<void> refuse_session_pin(ByteView value) {
    if (value.empty() || value.size() % 2 != 0) return refuse(status::nte_invalid_parameter);
    return refuse(status::scard_e_unsupported_feature);
}

Outcome<Bytes> reader_icon(Ksp& ksp, const container::CardInReader& card) {
    auto icon = ksp.world().reader_icon(card.reader);
    if (icon) return *std::move(icon);
    if (icon.error().code == ErrorCode::NotSupported)
        return Refusal(status::nte_not_found, icon.error());
    return icon.error();
}

Outcome<Bytes> user_store(Ksp& ksp, const container::CardInReader& card) {
    CARDMUX_TRY_ASSIGN(const std::uint64_t store, ksp.world().make_store({card}));
    return little_endian(store, handle_size);
}

Outcome<Bytes> empty_store(Ksp& ksp) {
    CARDMUX_TRY_ASSIGN(const std::uint64_t store, ksp.world().make_store({}));
    return little_endian(store, handle_size);
}

}  // namespace cardmux::ksp

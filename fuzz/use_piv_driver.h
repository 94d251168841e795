// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Everything that can be asked of the PIV driver, in the order in which the layers above ask it.
// For the fuzz target and for the recorder of its seeds, which have to ask the same.
#pragma once

#include "drivers/piv/piv_driver.h"
#include "fuzz/input.h"

namespace cardmux::fuzz {

/// Uses one key as the token layer does: blocks of the size that the key itself dictates.
inline void use_key(drivers::CardDriver& driver, iso7816::ApduChannel& card,
                    const drivers::CardKey& key) {
    const std::size_t size = (crypto::key_bits(key.public_key) + 7) / 8;
    const auto result = driver.private_key_operation(card, key, Bytes(size, 0x01));
    if (!result.ok()) return;
    const bool is_rsa = std::holds_alternative<crypto::RsaPublicKey>(key.public_key);
    require(result->size() == (is_rsa ? size : 2 * size), "a result has the size of its key");
}

/// Lets an EC key agree with itself.
inline void derive(drivers::CardDriver& driver, iso7816::ApduChannel& card,
                   const drivers::CardKey& key) {
    const auto* elliptic = std::get_if<crypto::EcPublicKey>(&key.public_key);
    if (elliptic == nullptr) return;
    const auto secret = driver.derive(card, key, elliptic->point);
    if (!secret.ok()) return;
    require(secret->size() == crypto::field_size(elliptic->curve), "a secret has its field's size");
}

inline void use_card(drivers::CardDriver& driver, iso7816::ApduChannel& card) {
    if (!driver.select(card).ok()) return;
    const auto identity = driver.read_identity(card);
    if (identity.ok()) {
        require(identity->model.size() <= 16 && identity->serial_number.size() <= 16,
                "texts of an identity have 16 characters at most");
    }
    (void)driver.pin_status(card).ok();
    (void)driver.verify_pin(card, SecretBytes(bytes_of("123456"))).ok();
    const auto contents = driver.read_contents(card);
    if (contents.ok()) {
        for (const drivers::CardKey& key : contents->keys) use_key(driver, card, key);
        (void)driver.proof_key(*contents);
    }
    (void)driver.drop_authority(card).ok();
    if (!contents.ok()) return;
    for (const drivers::CardKey& key : contents->keys) derive(driver, card, key);
}

inline void use_piv_driver(iso7816::ApduChannel& card, ByteView atr) {
    const auto driver = drivers::piv::probe_piv(card, atr);
    if (driver.ok() && *driver) use_card(**driver, card);
}

}  // namespace cardmux::fuzz

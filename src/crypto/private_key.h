// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Private keys as values: only for the way from a program that imports one to the card. Nothing
// here computes with them, and nothing keeps them: they move, and are overwritten at the end.
#pragma once

#include <variant>

#include "base/secret.h"
#include "crypto/public_key.h"

namespace cardmux::crypto {

/// All numbers big-endian; the five are modulus-size / 2 bytes each, leading zeros included.
struct RsaPrivateKey {
    RsaPublicKey public_key;
    SecretBytes p;
    SecretBytes q;
    SecretBytes dp;    ///< d mod (p - 1)
    SecretBytes dq;    ///< d mod (q - 1)
    SecretBytes qinv;  ///< q^-1 mod p
};

struct EcPrivateKey {
    EcPublicKey public_key;
    SecretBytes scalar;  ///< big-endian, field_size bytes
};

using PrivateKey = std::variant<RsaPrivateKey, EcPrivateKey>;

inline PublicKey public_key_of(const PrivateKey& key) {
    return std::visit([](const auto& kind) { return PublicKey(kind.public_key); }, key);
}

}  // namespace cardmux::crypto

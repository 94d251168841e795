// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// CNG's names of algorithms (SecCNG, "CNG Algorithm Identifiers") and what of them cards do.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "container/container.h"

namespace cardmux::ksp {

/// Values as NCRYPT_*_OPERATION (ncrypt.h).
namespace operation {
constexpr std::uint32_t encryption = 0x04;
constexpr std::uint32_t secret_agreement = 0x08;
constexpr std::uint32_t signature = 0x10;
/// With those that cards do not do: ciphers 1, hashes 2, random numbers 0x20, derivations 0x40.
constexpr std::uint32_t all = 0x7F;
}  // namespace operation

/// Values as NCRYPT_*_INTERFACE (ncrypt.h).
enum class AlgorithmClass : std::uint32_t { Encryption = 3, SecretAgreement = 4, Signature = 5 };

struct Algorithm {
    const char* name;   ///< "ECDSA_P256"
    const char* group;  ///< "ECDSA"
    AlgorithmClass algorithm_class;
    std::uint32_t operations;
    std::optional<crypto::Curve> curve;  ///< none: RSA, or a name for any curve ("ECDSA")
    const char* curve_name = nullptr;    ///< "nistP256"

    bool is_rsa() const { return algorithm_class == AlgorithmClass::Encryption; }
    bool derives() const { return (operations & operation::secret_agreement) != 0; }
};

std::span<const Algorithm> algorithms();

/// Null if cards do not do it.
const Algorithm* find_algorithm(std::string_view name);
/// Of an EC key that does both (a retired place of a YubiKey) ECDSA's.
const Algorithm& algorithm_of(const drivers::CardKey& key);
/// Of a public key of its own: for an EC key `derives` says whether it is ECDH's.
const Algorithm& algorithm_of(const crypto::PublicKey& key, bool derives);
/// ECDH's or ECDSA's on this curve.
const Algorithm& algorithm_of(crypto::Curve curve, bool derives);

/// By its names in bcrypt.h (SecCNG, "CNG Named Elliptic Curves"): "nistP256", "secP256r1" ...;
/// none if cards do not have it.
std::optional<crypto::Curve> find_curve(std::string_view name);

/// "SHA256"; none if it is not one that we compute.
std::optional<crypto::HashAlgorithm> find_hash(std::string_view name);

}  // namespace cardmux::ksp

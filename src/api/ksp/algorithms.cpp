// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/algorithms.h"

#include <algorithm>
#include <array>

namespace cardmux::ksp {
namespace {

using crypto::Curve;
using crypto::HashAlgorithm;

constexpr std::array<Algorithm, 7> table = {{
    {"RSA", "RSA", AlgorithmClass::Encryption, operation::encryption | operation::signature,
     std::nullopt},
    {"ECDSA_P256", "ECDSA", AlgorithmClass::Signature, operation::signature, Curve::P256,
     "nistP256"},
    {"ECDSA_P384", "ECDSA", AlgorithmClass::Signature, operation::signature, Curve::P384,
     "nistP384"},
    {"ECDH_P256", "ECDH", AlgorithmClass::SecretAgreement, operation::secret_agreement, Curve::P256,
     "nistP256"},
    {"ECDH_P384", "ECDH", AlgorithmClass::SecretAgreement, operation::secret_agreement, Curve::P384,
     "nistP384"},
    {"ECDSA", "ECDSA", AlgorithmClass::Signature, operation::signature, std::nullopt},
    {"ECDH", "ECDH", AlgorithmClass::SecretAgreement, operation::secret_agreement, std::nullopt},
}};

struct NamedCurve {
    std::string_view name;
    Curve curve;
};

constexpr std::array<NamedCurve, 5> curves = {{
    {"nistP256", Curve::P256},
    {"nistP384", Curve::P384},
    {"secP256r1", Curve::P256},
    {"secP384r1", Curve::P384},
    {"x962P256v1", Curve::P256},
}};

struct NamedHash {
    std::string_view name;
    HashAlgorithm algorithm;
};

constexpr std::array<NamedHash, 4> hashes = {{
    {"SHA1", HashAlgorithm::Sha1},
    {"SHA256", HashAlgorithm::Sha256},
    {"SHA384", HashAlgorithm::Sha384},
    {"SHA512", HashAlgorithm::Sha512},
}};

}  // namespace

std::span<const Algorithm> algorithms() {
    return table;
}

const Algorithm* find_algorithm(std::string_view name) {
    const auto* found = std::ranges::find(
        table, name, [](const Algorithm& algorithm) { return std::string_view(algorithm.name); });
    return found == table.end() ? nullptr : found;
}

const Algorithm& algorithm_of(const drivers::CardKey& key) {
    return algorithm_of(key.public_key, key.can_derive && !key.can_sign);
}

const Algorithm& algorithm_of(const crypto::PublicKey& key, bool derives) {
    const auto* elliptic = std::get_if<crypto::EcPublicKey>(&key);
    return elliptic == nullptr ? table.front() : algorithm_of(elliptic->curve, derives);
}

const Algorithm& algorithm_of(Curve curve, bool derives) {
    return *std::ranges::find_if(table, [&](const Algorithm& algorithm) {
        return algorithm.curve == curve && algorithm.derives() == derives;
    });
}

std::optional<Curve> find_curve(std::string_view name) {
    const auto* found = std::ranges::find(curves, name, &NamedCurve::name);
    if (found == curves.end()) return std::nullopt;
    return found->curve;
}

std::optional<crypto::HashAlgorithm> find_hash(std::string_view name) {
    const auto* found = std::ranges::find(hashes, name, &NamedHash::name);
    if (found == hashes.end()) return std::nullopt;
    return found->algorithm;
}

}  // namespace cardmux::ksp

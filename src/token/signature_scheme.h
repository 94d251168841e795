// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// How a signature or a decryption is encoded around the card's raw operation. The same for every
// interface: PKCS#11 mechanisms, CSP hash types and KSP padding infos all become one of these.
#pragma once

#include <variant>

#include "crypto/public_key.h"

namespace cardmux::token {

/// Input: modulus-size bytes, used as they are.
struct RsaRaw {};
/// Signing input: what goes between the padding and the end (a DigestInfo, or anything that fits).
struct RsaPkcs1 {};
/// Input: a finished hash of `hash_algorithm`.
struct RsaPss {
    crypto::HashAlgorithm hash_algorithm = crypto::HashAlgorithm::Sha256;
    crypto::HashAlgorithm mgf_algorithm = crypto::HashAlgorithm::Sha256;
    std::size_t salt_size = 32;
};
struct RsaOaep {
    crypto::HashAlgorithm hash_algorithm = crypto::HashAlgorithm::Sha1;
    crypto::HashAlgorithm mgf_algorithm = crypto::HashAlgorithm::Sha1;
    Bytes label;
};
/// Input: a hash of any length; the leftmost field-size bytes count. Result: r and s joined.
struct Ecdsa {};

using SignatureScheme = std::variant<RsaRaw, RsaPkcs1, RsaPss, Ecdsa>;
using DecryptionScheme = std::variant<RsaRaw, RsaPkcs1, RsaOaep>;

}  // namespace cardmux::token

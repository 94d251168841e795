// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// HMAC, and what TLS and HKDF build on it: from a secret to as many bytes as are wanted.
#pragma once

#include "base/secret.h"
#include "crypto/public_key.h"

namespace cardmux::ksp {

/// A digest that is a secret itself.
///
/// errors    Internal
Result<SecretBytes> secret_hash(crypto::HashAlgorithm algorithm, ByteView message);

/// RFC 2104.
///
/// errors    Internal
Result<SecretBytes> hmac(crypto::HashAlgorithm algorithm, ByteView key, ByteView message);

/// The pseudo-random function of TLS 1.2 (RFC 5246, section 5).
///
/// seed      the label and the seed, joined
/// errors    Internal
Result<SecretBytes> tls12_prf(crypto::HashAlgorithm algorithm, ByteView secret, ByteView seed,
                              std::size_t size);

/// The one of TLS 1.0 and 1.1 (RFC 2246 and RFC 4346, section 5): MD5 over one half of the secret,
/// SHA-1 over the other.
///
/// errors    Internal
Result<SecretBytes> tls10_prf(ByteView secret, ByteView seed, std::size_t size);

/// The most that HKDF gives (RFC 5869, section 2.3).
std::size_t hkdf_size_max(crypto::HashAlgorithm algorithm);

/// RFC 5869.
///
/// salt      empty: as many zeros as the hash is long
/// size      hkdf_size_max() at most
/// errors    DataSizeInvalid, Internal
Result<SecretBytes> hkdf(crypto::HashAlgorithm algorithm, ByteView secret, ByteView salt,
                         ByteView info, std::size_t size);

}  // namespace cardmux::ksp

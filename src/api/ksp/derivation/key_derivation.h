// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// From an agreed secret to a key (SecCNG, BCryptDeriveKey): the KDFs HASH, HMAC, TLS_PRF,
// SP800_56A_CONCAT, HKDF and TRUNCATE.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/ksp/outcome.h"
#include "base/secret.h"
#include "crypto/public_key.h"

namespace cardmux::ksp {

/// A parameter of a derivation; types as KDF_* (bcrypt.h).
struct KdfParameter {
    std::uint32_t type = 0;
    Bytes value;
};

namespace kdf {
constexpr std::uint32_t hash_algorithm = 0x0;  ///< UTF-16; SHA1 without one
constexpr std::uint32_t secret_prepend = 0x1;
constexpr std::uint32_t secret_append = 0x2;
constexpr std::uint32_t hmac_key = 0x3;
constexpr std::uint32_t tls_label = 0x4;     ///< one byte a character
constexpr std::uint32_t tls_seed = 0x5;      ///< 64 bytes
constexpr std::uint32_t tls_protocol = 0x7;  ///< DWORD; TLS 1.0 without one
constexpr std::uint32_t algorithm_id = 0x8;
constexpr std::uint32_t party_u_info = 0x9;
constexpr std::uint32_t party_v_info = 0xA;
constexpr std::uint32_t public_info = 0xB;
constexpr std::uint32_t private_info = 0xC;
constexpr std::uint32_t hkdf_salt = 0x13;
constexpr std::uint32_t hkdf_info = 0x14;
constexpr std::uint32_t use_secret_as_hmac_key = 0x1;  ///< flag of DeriveKey
}  // namespace kdf

/// The whole of what the function gives; a caller that wants less takes the first bytes of it.
///
/// secret    big-endian, as the card gives it
/// size      wanted, for SP800_56A_CONCAT and HKDF, which make any number of bytes, and TLS_PRF,
///           which makes 48 and nothing else
/// errors    NTE_NOT_SUPPORTED: another function or hash; NTE_INVALID_PARAMETER: a parameter that
///           the function does not have, or lacks, or a size that it does not make
Outcome<SecretBytes> derive_key(const std::string& function,
                                const std::vector<KdfParameter>& parameters, std::uint32_t flags,
                                ByteView secret, std::optional<std::size_t> size);

}  // namespace cardmux::ksp

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Private keys in the forms that programs import them in (bcrypt.h, BCRYPT_RSAKEY_BLOB and
// BCRYPT_ECCKEY_BLOB with their private numbers; wincrypt.h, PRIVATEKEYBLOB; RFC 5208). In only: a
// card's key never comes out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/ksp/outcome.h"
#include "crypto/private_key.h"

namespace cardmux::ksp {

struct PrivateBlobKey {
    crypto::PrivateKey key;
    std::optional<bool> derives;  ///< ECC: whether the blob says ECDH; none: it does not say
};

bool is_private_blob_type(const std::string& type);

/// Of an RSA key the primes, modulus and exponent are read, and all else computed from them: what
/// a blob says besides cannot contradict it.
///
/// type      "RSAPRIVATEBLOB", "RSAFULLPRIVATEBLOB", "ECCPRIVATEBLOB", "PRIVATEBLOB",
///           "CAPIPRIVATEBLOB" or "PKCS8_PRIVATEKEY"
/// curve_name    as read_ecc_header() (blob_headers.h)
/// errors    NTE_BAD_TYPE; NTE_BAD_DATA: it cannot be read, or is no possible key;
///           NTE_NOT_SUPPORTED: another curve or algorithm, an encrypted key, an EC key without its
///           public point; NTE_INVALID_PARAMETER: as read_ecc_header()
Outcome<PrivateBlobKey> parse_private_blob(const std::string& type, ByteView blob,
                                           std::string_view curve_name = {});

}  // namespace cardmux::ksp

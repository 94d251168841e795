// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Public keys in the forms that CNG hands about (bcrypt.h, BCRYPT_RSAKEY_BLOB and
// BCRYPT_ECCKEY_BLOB; wincrypt.h, PUBLICKEYSTRUC with RSAPUBKEY).
#pragma once

#include <string>
#include <string_view>

#include "api/ksp/outcome.h"
#include "crypto/public_key.h"

namespace cardmux::ksp {

struct BlobKey {
    crypto::PublicKey key;
    bool derives = false;  ///< ECC: the blob says ECDH, not ECDSA
};

/// type      "RSAPUBLICBLOB", "ECCPUBLICBLOB", "PUBLICBLOB" or "CAPIPUBLICBLOB"
/// errors    NTE_NOT_SUPPORTED: the type holds a private key; NTE_BAD_TYPE: another type, or one of
///           the other kind of key; NTE_BAD_KEY: an exponent too long for the legacy form
Outcome<Bytes> encode_public_blob(const std::string& type, const BlobKey& key);

/// curve_name    as read_ecc_header() (blob_headers.h)
/// errors    NTE_BAD_TYPE; NTE_BAD_DATA: it cannot be read, or is no possible key (a point off the
///           curve); NTE_NOT_SUPPORTED, NTE_INVALID_PARAMETER: as read_ecc_header()
Outcome<BlobKey> parse_public_blob(const std::string& type, ByteView blob,
                                   std::string_view curve_name = {});

}  // namespace cardmux::ksp

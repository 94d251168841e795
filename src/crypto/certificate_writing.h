// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Certificates of a key for itself: so that a card that tells of a key by its certificate only can
// tell of a new one. Not for issuing. The signature comes from who has the private key.
//
//   certificate_to_sign() -> certificate_block() -> the card signs it -> signed_certificate()
#pragma once

#include <string>

#include "crypto/public_key.h"

namespace cardmux::crypto {

struct CertificateText {
    std::string common_name;         ///< UTF-8, of subject and issuer; 64 characters by RFC 5280
    Bytes serial_number;             ///< 1..20 bytes, big-endian; not all zeros
    std::int64_t not_before = 0;     ///< seconds since 1970-01-01 UTC
    std::int64_t valid_seconds = 0;  ///< from then on
};

/// The part that is signed (TBSCertificate), DER.
///
/// errors    DataInvalid: the key cannot be used
/// source    RFC 5280, section 4.1; RFC 4055 and RFC 5758 for the algorithms
Result<Bytes> certificate_to_sign(const PublicKey& key, const CertificateText& text);

/// What the private key is to be given: SHA-256, of P-384 SHA-384; padded for RSA (PKCS #1 v1.5).
///
/// errors    Internal, SystemFailed, DataSizeInvalid
Result<Bytes> certificate_block(const PublicKey& key, ByteView to_sign);

/// signature    RSA: modulus-size bytes. EC: r and s joined
/// returns      the certificate, DER
/// errors       DataSizeInvalid
Result<Bytes> signed_certificate(const PublicKey& key, ByteView to_sign, ByteView signature);

}  // namespace cardmux::crypto

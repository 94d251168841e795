// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// RSA encodings done on the host, since a PIV card computes the raw operation only: PKCS #1 v2.2
// (RFC 8017), EMSA-PKCS1-v1_5, EMSA-PSS, RSAES-PKCS1-v1_5 and RSAES-OAEP.
#pragma once

#include "base/bytes.h"
#include "base/random.h"
#include "base/secret.h"
#include "crypto/public_key.h"

namespace cardmux::crypto {

/// 00 01 FF.. 00 `payload`: modulus_size bytes. The payload is a DigestInfo, or anything that fits.
///
/// errors    DataSizeInvalid: payload longer than modulus_size - 11
Result<Bytes> pad_pkcs1_signature(ByteView payload, std::size_t modulus_size);

/// Of the hash algorithm in a DigestInfo. A signature has Null (RFC 8017, B.1); some signers leave
/// it out, as is usual elsewhere.
enum class DigestParameters : std::uint8_t { Null, Absent };

/// DigestInfo (RFC 8017, 9.2) of a finished hash.
///
/// errors    DataSizeInvalid: not hash_size(algorithm) bytes
Result<Bytes> digest_info(HashAlgorithm algorithm, ByteView hash,
                          DigestParameters parameters = DigestParameters::Null);

/// Of MD5, for programs that bring such a hash. It is no HashAlgorithm: nothing else is made of it.
///
/// errors    DataSizeInvalid: not 16 bytes
Result<Bytes> md5_digest_info(ByteView hash, DigestParameters parameters = DigestParameters::Null);

struct PssParameters {
    HashAlgorithm hash_algorithm = HashAlgorithm::Sha256;
    HashAlgorithm mgf_algorithm = HashAlgorithm::Sha256;
    std::size_t salt_size = 32;
};

/// EMSA-PSS of a finished hash with MGF1: modulus-size bytes, of which the bits that a modulus of
/// `modulus_bits` leaves no room for are zero.
///
/// errors    DataSizeInvalid: the hash has the wrong size, or hash and salt do not fit the modulus
Result<Bytes> pad_pss(const PssParameters& parameters, ByteView hash, std::size_t modulus_bits,
                      RandomSource& random);

/// Whether `block` (modulus-size bytes) is a right EMSA-PSS encoding of `hash`.
///
/// errors    Internal
Result<bool> pss_block_fits(const PssParameters& parameters, ByteView hash,
                            std::size_t modulus_bits, ByteView block);

/// Takes PKCS #1 v1.5 encryption padding off, in a time that does not depend on where it is wrong.
///
/// errors    DataInvalid: wrong padding, whatever is wrong about it
Result<SecretBytes> unpad_pkcs1_encryption(ByteView block);

/// Takes OAEP padding off, in a time that does not depend on where it is wrong.
///
/// errors    DataInvalid: wrong padding, whatever is wrong about it
Result<SecretBytes> unpad_oaep(ByteView block, HashAlgorithm algorithm, HashAlgorithm mgf_algorithm,
                               ByteView label);

}  // namespace cardmux::crypto

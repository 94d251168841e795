// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// RSA encryption with a public key, in software: RFC 8017, RSAES-PKCS1-v1_5 and RSAES-OAEP. The
// other half, decryption, is a card's.
#pragma once

#include "base/bytes.h"
#include "base/random.h"
#include "crypto/public_key.h"

namespace cardmux::crypto {

/// returns   modulus-size bytes, big-endian
/// errors    DataSizeInvalid: the message is longer than modulus size - 11; DataInvalid: the key
///           cannot be used; Internal
/// source    RFC 8017, 7.2.1
Result<Bytes> rsa_encrypt_pkcs1(const RsaPublicKey& key, ByteView message, RandomSource& random);

struct OaepParameters {
    HashAlgorithm hash_algorithm = HashAlgorithm::Sha1;
    HashAlgorithm mgf_algorithm = HashAlgorithm::Sha1;
    Bytes label;
};

/// returns   modulus-size bytes, big-endian
/// errors    DataSizeInvalid: the message is longer than modulus size - 2 * hash size - 2; as
///           rsa_encrypt_pkcs1
/// source    RFC 8017, 7.1.1
Result<Bytes> rsa_encrypt_oaep(const RsaPublicKey& key, const OaepParameters& parameters,
                               ByteView message, RandomSource& random);

}  // namespace cardmux::crypto

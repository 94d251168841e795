// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Between a scheme and the card's raw operation: encode what is signed, check what came back, take
// padding off what was decrypted. Pure computing on the caller's thread.
#pragma once

#include "base/random.h"
#include "base/secret.h"
#include "token/signature_scheme.h"

namespace cardmux::token {

/// What the card is to be given.
///
/// returns   RSA: modulus-size bytes, big-endian. EC: the hash, at most field-size bytes
/// errors    DataSizeInvalid, DataInvalid (a raw block not below the modulus), NotSupported (a
///           scheme of the other key type)
Result<Bytes> encode_for_signing(const crypto::PublicKey& key, const SignatureScheme& scheme,
                                 ByteView input, RandomSource& random);

/// errors    DataSizeInvalid: not modulus-size bytes; NotSupported: not an RSA key
Result<Bytes> encode_for_decryption(const crypto::PublicKey& key, ByteView input);

/// The peer's point as the card is to be given it: 04, X, Y.
///
/// errors    DataInvalid: no point on the key's curve; NotSupported: not an EC key
Result<Bytes> encode_for_deriving(const crypto::PublicKey& key, ByteView peer_point);

/// Whether the card's secret can be the outcome of a key agreement at all.
bool derived_secret_fits(const crypto::PublicKey& key, ByteView secret);

/// Whether the card's result is what the private key makes of `block`.
bool result_fits(const crypto::PublicKey& key, ByteView block, ByteView result);

/// errors    DataInvalid: wrong padding, whatever is wrong about it
Result<SecretBytes> decode_decrypted(const DecryptionScheme& scheme, ByteView block);

}  // namespace cardmux::token

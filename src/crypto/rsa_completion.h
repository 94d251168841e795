// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// An RSA private key from its two primes: programs hand keys over with or without the numbers that
// follow from them, and cards want them all.
#pragma once

#include "crypto/private_key.h"

namespace cardmux::crypto {

/// The whole key. Computed in memory that is overwritten; how long it takes depends on the numbers,
/// which the caller, in this process, has anyway.
///
/// p, q      big-endian, leading zeros allowed; at most half as long as the modulus. Whether they
///           are primes is not looked at
/// errors    DataInvalid: the product is not the modulus, a prime that is even or not half as long,
///           an exponent that has no inverse; NotSupported: an exponent of more than 32 bits
Result<RsaPrivateKey> complete_rsa_key(const RsaPublicKey& key, ByteView p, ByteView q);

}  // namespace cardmux::crypto

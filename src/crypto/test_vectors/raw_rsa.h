// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The raw RSA operation, with either exponent: what a card does. For tests only. By our own
// arithmetic, so that where the system's library computes there are two that have to agree.
#pragma once

#include "crypto/software/big_number.h"

namespace cardmux::crypto::test_vectors {

/// value^exponent mod modulus, all numbers big-endian; modulus-size bytes. Empty if the value is
/// not below the modulus.
inline Bytes raw_rsa(ByteView modulus, ByteView exponent, ByteView value) {
    const OddModulus n(modulus);
    const auto base = n.residue(value);
    return base ? n.bytes(n.power(*base, exponent)) : Bytes();
}

}  // namespace cardmux::crypto::test_vectors

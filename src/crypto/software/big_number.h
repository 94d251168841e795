// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Arithmetic modulo an odd number of any size, for where the system's library has none that fits:
// BCrypt computes no square root, and its RSA takes only some sizes of modulus. Public numbers
// only: how long it takes depends on them. Built on every system, so that the sanitizers and
// libcrypto look at it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace cardmux::crypto {

/// A number below the modulus that made it; of no meaning to another modulus.
class Residue {
  public:
    bool operator==(const Residue&) const = default;

  private:
    friend class OddModulus;
    /// The number times 2^(64 * limbs), modulo the modulus (Montgomery's form), lowest limb first.
    std::vector<std::uint64_t> limbs_;
};

class OddModulus {
  public:
    /// needs     an odd number above 1, big-endian, no leading zero byte
    explicit OddModulus(ByteView modulus);

    /// A big-endian number of any size; none if it is not below the modulus.
    std::optional<Residue> residue(ByteView number) const;
    /// Big-endian, in as many bytes as the modulus.
    Bytes bytes(const Residue& residue) const;

    Residue sum(const Residue& a, const Residue& b) const;
    Residue difference(const Residue& a, const Residue& b) const;
    Residue product(const Residue& a, const Residue& b) const;
    /// `exponent` is big-endian, of any size. 0^0 is 1.
    Residue power(const Residue& base, ByteView exponent) const;

  private:
    using Limbs = std::vector<std::uint64_t>;

    void divide_by_a_limb(Limbs& number) const;
    void bring_below(Limbs& number, bool overflowed) const;

    std::size_t size_;  ///< bytes
    Limbs limbs_;
    std::uint64_t negative_inverse_ = 0;  ///< -1 / modulus, modulo 2^64
    Residue one_;
    Residue squared_radix_;  ///< makes a number a residue, by one product
};

}  // namespace cardmux::crypto

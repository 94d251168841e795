// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Montgomery's multiplication (Mathematics of Computation 44, 1985, pages 519-521), one limb of a
// factor at a time. R is 2^(64 * limbs).
#include "crypto/software/big_number.h"

#include <algorithm>
#include <array>
#include <bit>

#include "crypto/der.h"

namespace cardmux::crypto {
namespace {

using Limb = std::uint64_t;
using Limbs = std::vector<Limb>;
__extension__ typedef unsigned __int128 TwoLimbs;

constexpr std::size_t limb_bytes = sizeof(Limb);
constexpr std::size_t limb_bits = 8 * limb_bytes;

/// a * b + c + carry: the lower limb; the upper one becomes `carry`. It always fits.
Limb multiply_add(Limb a, Limb b, Limb c, Limb& carry) {
    const TwoLimbs result = TwoLimbs{a} * b + c + carry;
    carry = static_cast<Limb>(result >> limb_bits);
    return static_cast<Limb>(result);
}

/// Adds `more`, which has the same size; the carry.
bool add(Limbs& number, const Limbs& more) {
    Limb carry = 0;
    for (std::size_t i = 0; i < number.size(); ++i) {
        number[i] = multiply_add(1, more[i], number[i], carry);
    }
    return carry != 0;
}

/// Subtracts `less`, which has the same size; whether that went below zero.
bool subtract(Limbs& number, const Limbs& less) {
    bool borrow = false;
    for (std::size_t i = 0; i < number.size(); ++i) {
        const TwoLimbs result = TwoLimbs{number[i]} - less[i] - (borrow ? 1 : 0);
        borrow = result >> limb_bits != 0;
        number[i] = static_cast<Limb>(result);
    }
    return borrow;
}

/// Both have the same size.
bool is_below(const Limbs& a, const Limbs& b) {
    return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(), b.rend());
}

Limbs limbs_of(ByteView big_endian) {
    Limbs limbs((big_endian.size() + limb_bytes - 1) / limb_bytes);
    for (std::size_t i = 0; i < big_endian.size(); ++i) {
        const Limb byte = big_endian[big_endian.size() - 1 - i];
        limbs[i / limb_bytes] |= byte << (8 * (i % limb_bytes));
    }
    return limbs;
}

/// -1 / odd, modulo 2^64. Newton's step doubles the right bits: 3, 6, 12, 24, 48, 96.
Limb negative_inverse_of(Limb odd) {
    Limb inverse = odd;
    for (int step = 0; step < 5; ++step) inverse *= 2 - odd * inverse;
    return 0 - inverse;
}

std::array<std::uint8_t, 4> big_endian(std::size_t number) {
    return {static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
            static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
}

}  // namespace

OddModulus::OddModulus(ByteView modulus)
    : size_(modulus.size()),
      limbs_(limbs_of(modulus)),
      negative_inverse_(negative_inverse_of(limbs_[0])) {
    // The residue of one is R itself: from the largest power of two below the modulus, doubled.
    const std::size_t top_bits = static_cast<std::size_t>(std::bit_width(limbs_.back()));
    one_.limbs_.resize(limbs_.size());
    one_.limbs_.back() = Limb{1} << (top_bits - 1);
    for (std::size_t bit = top_bits - 1; bit < limb_bits; ++bit) one_ = sum(one_, one_);
    // And the residue of R is R * R.
    squared_radix_ = power(sum(one_, one_), big_endian(limb_bits * limbs_.size()));
}

/// Subtracts the modulus once from a number below twice the modulus, if it is not below it already.
void OddModulus::bring_below(Limbs& number, bool overflowed) const {
    if (overflowed || !is_below(number, limbs_)) subtract(number, limbs_);
}

/// Adds the multiple of the modulus that makes the lowest limb zero, and drops that limb. The
/// number has two limbs more than the modulus.
void OddModulus::divide_by_a_limb(Limbs& number) const {
    const std::size_t size = limbs_.size();
    const Limb factor = number[0] * negative_inverse_;
    Limb carry = 0;
    multiply_add(factor, limbs_[0], number[0], carry);
    for (std::size_t i = 1; i < size; ++i) {
        number[i - 1] = multiply_add(factor, limbs_[i], number[i], carry);
    }
    number[size - 1] = multiply_add(1, number[size], 0, carry);
    number[size] = number[size + 1] + carry;
    number[size + 1] = 0;
}

Residue OddModulus::product(const Residue& a, const Residue& b) const {
    const std::size_t size = limbs_.size();
    Residue result;
    Limbs& number = result.limbs_;
    number.resize(size + 2);
    for (const Limb factor : b.limbs_) {
        Limb carry = 0;
        for (std::size_t i = 0; i < size; ++i) {
            number[i] = multiply_add(factor, a.limbs_[i], number[i], carry);
        }
        number[size] = multiply_add(1, number[size], 0, carry);
        number[size + 1] = carry;
        divide_by_a_limb(number);
    }
    const bool overflowed = number[size] != 0;
    number.resize(size);
    bring_below(number, overflowed);
    return result;
}

Residue OddModulus::sum(const Residue& a, const Residue& b) const {
    Residue result = a;
    const bool overflowed = add(result.limbs_, b.limbs_);
    bring_below(result.limbs_, overflowed);
    return result;
}

Residue OddModulus::difference(const Residue& a, const Residue& b) const {
    Residue result = a;
    if (subtract(result.limbs_, b.limbs_)) add(result.limbs_, limbs_);
    return result;
}

Residue OddModulus::power(const Residue& base, ByteView exponent) const {
    Residue result = one_;
    bool is_one = true;  // up to the exponent's first bit: half of the products of a common one
    for (const std::uint8_t byte : exponent) {
        for (int bit = 7; bit >= 0; --bit) {
            if (!is_one) result = product(result, result);
            if ((byte >> bit & 1) == 0) continue;
            result = is_one ? base : product(result, base);
            is_one = false;
        }
    }
    return result;
}

std::optional<Residue> OddModulus::residue(ByteView number) const {
    const ByteView digits = der::without_leading_zeros(number);
    if (digits.size() > size_) return std::nullopt;
    Residue plain;
    plain.limbs_ = limbs_of(digits);
    plain.limbs_.resize(limbs_.size());
    if (!is_below(plain.limbs_, limbs_)) return std::nullopt;
    return product(plain, squared_radix_);
}

Bytes OddModulus::bytes(const Residue& residue) const {
    Residue plain_one;
    plain_one.limbs_.resize(limbs_.size());
    plain_one.limbs_[0] = 1;
    const Residue plain = product(residue, plain_one);
    Bytes result(size_);
    for (std::size_t i = 0; i < size_; ++i) {
        const Limb limb = plain.limbs_[i / limb_bytes];
        result[size_ - 1 - i] = static_cast<std::uint8_t>(limb >> (8 * (i % limb_bytes)));
    }
    return result;
}

}  // namespace cardmux::crypto

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/software/big_number.h"

#include <gtest/gtest.h>

namespace cardmux::crypto {
namespace {

Bytes one_byte(std::size_t number) {
    return {static_cast<std::uint8_t>(number)};
}

TEST(OddModulus, computes_as_small_numbers_do) {
    for (const std::size_t n : {3U, 97U, 255U}) {
        const OddModulus modulus(one_byte(n));
        for (std::size_t a = 0; a < n; ++a) {
            const Residue x = *modulus.residue(one_byte(a));
            EXPECT_EQ(modulus.bytes(x), one_byte(a));
            for (std::size_t b = 0; b < n; ++b) {
                const Residue y = *modulus.residue(one_byte(b));
                EXPECT_EQ(modulus.bytes(modulus.sum(x, y)), one_byte((a + b) % n));
                EXPECT_EQ(modulus.bytes(modulus.difference(x, y)), one_byte((n + a - b) % n));
                EXPECT_EQ(modulus.bytes(modulus.product(x, y)), one_byte(a * b % n));
            }
        }
    }
}

TEST(OddModulus, raises_to_exponents_of_any_size_and_with_leading_zeros) {
    const OddModulus modulus(one_byte(101));
    for (std::size_t base = 0; base < 101; ++base) {
        const Residue x = *modulus.residue(one_byte(base));
        std::size_t power = 1;
        for (std::size_t exponent = 0; exponent < 300; ++exponent) {
            const Bytes encoded{0, static_cast<std::uint8_t>(exponent >> 8),
                                static_cast<std::uint8_t>(exponent)};
            EXPECT_EQ(modulus.bytes(modulus.power(x, encoded)), one_byte(power));
            power = power * base % 101;
        }
        EXPECT_EQ(modulus.bytes(modulus.power(x, {})), one_byte(1));
    }
}

// A prime p and a number a that it does not divide: a^(p - 1) is 1 (Fermat). One, two and nine
// limbs, full and not: 2^64 - 59, 2^127 - 1, 2^255 - 19, 2^521 - 1.
TEST(OddModulus, obeys_Fermat) {
    const Bytes primes[] = {
        *from_hex("ffffffffffffffc5"), *from_hex("7fffffffffffffffffffffffffffffff"),
        *from_hex("7f" + std::string(60, 'f') + "ed"), *from_hex("01" + std::string(130, 'f'))};
    for (const Bytes& prime : primes) {
        const OddModulus modulus(prime);
        Bytes exponent = prime;
        exponent.back() ^= 1;
        Bytes one(prime.size());
        one.back() = 1;
        for (std::uint8_t number = 2; number < 30; ++number) {
            const Residue base = *modulus.residue(Bytes{number, 0x5a, number});
            EXPECT_EQ(modulus.bytes(modulus.power(base, exponent)), one) << to_hex(prime);
            EXPECT_EQ(modulus.power(base, prime), base);
        }
    }
}

// Modulo 2^k - 1 the number before the modulus is -1, and every carry runs through all limbs.
TEST(OddModulus, carries_through_all_limbs) {
    for (const std::size_t size : {1U, 8U, 9U, 16U, 31U, 32U, 64U, 256U}) {
        const OddModulus modulus(Bytes(size, 0xff));
        Bytes minus_one(size, 0xff);
        minus_one.back() = 0xfe;
        Bytes minus_two(size, 0xff);
        minus_two.back() = 0xfd;
        Bytes two(size);
        two.back() = 2;
        const Residue x = *modulus.residue(minus_one);
        EXPECT_EQ(modulus.bytes(modulus.sum(x, x)), minus_two);
        EXPECT_EQ(modulus.bytes(modulus.product(x, *modulus.residue(two))), minus_two);
        EXPECT_EQ(modulus.bytes(modulus.product(x, *modulus.residue(minus_two))), two);
        EXPECT_EQ(modulus.difference(*modulus.residue(two), x), *modulus.residue(Bytes{3}));
        EXPECT_EQ(modulus.power(x, Bytes{2}), *modulus.residue(Bytes{1}));
        EXPECT_EQ(modulus.power(x, Bytes{1, 1}), x);
    }
}

TEST(OddModulus, takes_numbers_below_it_only) {
    const Bytes nine_bytes = *from_hex("80 0000000000000001");
    const OddModulus modulus(nine_bytes);
    EXPECT_FALSE(modulus.residue(nine_bytes));
    EXPECT_FALSE(modulus.residue(*from_hex("80 0000000000000002")));
    EXPECT_FALSE(modulus.residue(*from_hex("01 000000000000000000")));
    EXPECT_FALSE(modulus.residue(Bytes(9, 0xff)));
    const Bytes below = *from_hex("80 0000000000000000");
    EXPECT_EQ(modulus.bytes(*modulus.residue(below)), below);
    Bytes with_zeros(20);
    append(with_zeros, below);
    EXPECT_EQ(modulus.bytes(*modulus.residue(with_zeros)), below);
    EXPECT_EQ(modulus.bytes(*modulus.residue({})), Bytes(9));
}

}  // namespace
}  // namespace cardmux::crypto

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Our own arithmetic against libcrypto's.
#include <gtest/gtest.h>

#include "base/random.h"
#include "crypto/library_types_openssl.h"
#include "crypto/software/big_number.h"

namespace cardmux::crypto {
namespace {

Bytes random_bytes(std::size_t size) {
    Bytes bytes(size);
    system_random().fill(bytes);
    return bytes;
}

/// An odd number of exactly `bits` bits.
Bytes random_modulus(std::size_t bits) {
    Bytes bytes = random_bytes((bits + 7) / 8);
    const auto top = static_cast<std::uint8_t>(1 << (bits + 7) % 8);
    bytes[0] = static_cast<std::uint8_t>((bytes[0] & (top - 1)) | top);
    bytes.back() |= 1;
    return bytes;
}

Bytes bytes_of_number(const BigNumber& number, std::size_t size) {
    Bytes bytes(size);
    EXPECT_GE(BN_bn2binpad(number.get(), bytes.data(), static_cast<int>(size)), 0);
    return bytes;
}

/// All operations on two numbers that libcrypto brings below the modulus.
void compare(const Bytes& n, const Bytes& first, const Bytes& second, const Bytes& exponent) {
    SCOPED_TRACE(to_hex(n) + " " + to_hex(first) + " " + to_hex(second) + " " + to_hex(exponent));
    const NumberScratch scratch(BN_CTX_new());
    const BigNumber modulus = number_of(n);
    const BigNumber a = number_of(first);
    const BigNumber b = number_of(second);
    const BigNumber e = number_of(exponent);
    const BigNumber result(BN_new());
    ASSERT_EQ(BN_nnmod(a.get(), a.get(), modulus.get(), scratch.get()), 1);
    ASSERT_EQ(BN_nnmod(b.get(), b.get(), modulus.get(), scratch.get()), 1);

    const OddModulus ours(n);
    const Residue x = *ours.residue(bytes_of_number(a, n.size()));
    const Residue y = *ours.residue(bytes_of_number(b, n.size()));
    const auto expect_same = [&](const Residue& residue) {
        EXPECT_EQ(to_hex(ours.bytes(residue)), to_hex(bytes_of_number(result, n.size())));
    };
    ASSERT_EQ(BN_mod_add(result.get(), a.get(), b.get(), modulus.get(), scratch.get()), 1);
    expect_same(ours.sum(x, y));
    ASSERT_EQ(BN_mod_sub(result.get(), a.get(), b.get(), modulus.get(), scratch.get()), 1);
    expect_same(ours.difference(x, y));
    ASSERT_EQ(BN_mod_mul(result.get(), a.get(), b.get(), modulus.get(), scratch.get()), 1);
    expect_same(ours.product(x, y));
    ASSERT_EQ(BN_mod_exp(result.get(), a.get(), e.get(), modulus.get(), scratch.get()), 1);
    expect_same(ours.power(x, exponent));
}

TEST(OddModulus, computes_as_libcrypto_does_with_moduli_of_every_size) {
    for (const std::size_t bits :
         {63, 64, 65, 127, 128, 129, 512, 513, 1023, 1024, 1025, 2041, 2048, 3072, 4096, 4099}) {
        for (int time = 0; time < 4; ++time) {
            const Bytes n = random_modulus(bits);
            compare(n, random_bytes(n.size()), random_bytes(n.size()), Bytes{1, 0, 1});
            compare(n, random_bytes(n.size()), random_bytes(n.size()), random_bytes(32));
        }
    }
}

TEST(OddModulus, computes_as_libcrypto_does_with_the_largest_keys) {
    const Bytes n = random_modulus(16384);
    compare(n, random_bytes(n.size()), random_bytes(n.size()), random_bytes(32));
}

// Where carries run through all limbs.
TEST(OddModulus, computes_as_libcrypto_does_at_the_edges) {
    for (const std::size_t size : {8, 9, 16, 32, 48, 64, 128, 129, 256}) {
        const Bytes ones(size, 0xff);
        Bytes power_of_two(size);
        power_of_two[0] = 0x80;
        Bytes above_power = power_of_two;
        above_power.back() |= 1;
        Bytes below_ones = ones;
        below_ones.back() = 0xfe;
        for (const Bytes& n : {ones, above_power}) {
            for (const Bytes& a : {below_ones, power_of_two, Bytes(size), ones}) {
                for (const Bytes& b : {below_ones, power_of_two, Bytes(size)}) {
                    compare(n, a, b, Bytes(32, 0xff));
                }
            }
        }
    }
}

}  // namespace
}  // namespace cardmux::crypto

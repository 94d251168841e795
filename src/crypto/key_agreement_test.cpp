// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/key_agreement.h"

#include <gtest/gtest.h>

namespace cardmux::crypto {
namespace {

/// The base point of P-256 (SP 800-186, 3.2.1.3).
const char* const base_x = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
const char* const base_y = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

Bytes hex(const std::string& text) {
    return from_hex(text).value_or({});
}

TEST(KeyAgreement, a_point_is_taken_in_both_of_its_forms) {
    const Bytes whole = hex(std::string("04") + base_x + base_y);
    EXPECT_EQ(agreement_peer(Curve::P256, whole).value_or({}), whole);
    EXPECT_EQ(agreement_peer(Curve::P256, hex(std::string("03") + base_x)).value_or({}), whole);
}

TEST(KeyAgreement, a_point_off_the_curve_is_refused) {
    Bytes off = hex(std::string("04") + base_x + base_y);
    off.back() ^= 1;
    for (const Bytes& wrong : {off, Bytes{0x00}, Bytes(), Bytes(65, 0x04)}) {
        const auto taken = agreement_peer(Curve::P256, wrong);
        ASSERT_FALSE(taken.ok());
        EXPECT_EQ(taken.error().code, ErrorCode::DataInvalid);
    }
    EXPECT_FALSE(agreement_peer(Curve::P384, hex(std::string("04") + base_x + base_y)).ok());
}

TEST(KeyAgreement, a_secret_is_the_x_coordinate_of_a_point) {
    EXPECT_TRUE(can_be_agreed(Curve::P256, hex(base_x)));
    EXPECT_FALSE(can_be_agreed(Curve::P256, Bytes(32, 0xFF))) << "not below the prime";
    EXPECT_FALSE(can_be_agreed(Curve::P256, hex(base_x + std::string("00"))));
    // Of the numbers 1 to 32 some are no point's X.
    int refused = 0;
    for (std::uint8_t number = 1; number <= 32; ++number) {
        Bytes x(32, 0);
        x.back() = number;
        refused += can_be_agreed(Curve::P256, x) ? 0 : 1;
    }
    EXPECT_GT(refused, 0);
    EXPECT_LT(refused, 32);
}

}  // namespace
}  // namespace cardmux::crypto

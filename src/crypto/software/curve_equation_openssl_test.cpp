// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Our own points against libcrypto's.
#include <gtest/gtest.h>

#include "base/random.h"
#include "crypto/curve.h"
#include "crypto/software/curve_equation.h"

namespace cardmux::crypto {
namespace {

void compare(Curve curve, const Bytes& encoded) {
    const auto theirs = uncompressed_point(curve, encoded);
    const auto ours = point_by_equation(curve, encoded);
    ASSERT_EQ(ours.ok(), theirs.ok()) << to_hex(encoded);
    if (ours.ok()) {
        EXPECT_EQ(*ours, *theirs);
    } else {
        EXPECT_EQ(ours.error().code, theirs.error().code);
    }
}

TEST(CurveEquation, reads_points_as_libcrypto_does) {
    for (const Curve curve : {Curve::P256, Curve::P384}) {
        std::size_t on_curve = 0;
        for (int time = 0; time < 100; ++time) {
            Bytes compressed(1 + field_size(curve));
            system_random().fill(compressed);
            for (std::uint8_t form = 0; form < 8; ++form) {
                compressed[0] = form;
                compare(curve, compressed);
            }
            compressed[0] = 0x02;
            auto whole = uncompressed_point(curve, compressed);
            if (!whole.ok()) continue;
            ++on_curve;
            for (std::uint8_t form = 0; form < 8; ++form) {
                whole->front() = form;
                compare(curve, *whole);
            }
            whole->front() = 0x04;
            whole->back() ^= 1;
            compare(curve, *whole);
        }
        EXPECT_GT(on_curve, 10U);  // half of all X
    }
}

// X = p + 5 is 5 to who does not look at the range.
TEST(CurveEquation, refuses_coordinates_that_are_not_below_the_prime_as_libcrypto_does) {
    Bytes prime = *from_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    for (int more = 0; more < 20; ++more) {
        Bytes plain(33);
        plain[0] = 0x03;
        plain.back() = static_cast<std::uint8_t>(more);
        compare(Curve::P256, plain);
        Bytes above{0x03};
        append(above, prime);
        compare(Curve::P256, above);
        EXPECT_FALSE(point_by_equation(Curve::P256, above).ok());
        for (std::size_t i = prime.size(); i-- > 0 && ++prime[i] == 0;) continue;
    }
}

}  // namespace
}  // namespace cardmux::crypto

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/software/curve_equation.h"

#include <gtest/gtest.h>

#include "crypto/test_vectors/vector_file.h"

namespace cardmux::crypto {
namespace {

/// A point of NIST's, whole; some are on their curve and some are not.
struct KnownPoint {
    Curve curve;
    Bytes whole;
    bool is_right;
};

std::vector<KnownPoint> known_points() {
    std::vector<KnownPoint> points;
    for (const auto& entry : test_vectors::read("point_validity.rsp", "Result")) {
        const Curve curve = entry.section.starts_with("P-256") ? Curve::P256 : Curve::P384;
        KnownPoint point{curve, Bytes{0x04}, entry.is_right()};
        for (const char* name : {"Qx", "Qy"}) {
            const Bytes number = entry.bytes(name);
            if (number.size() > field_size(curve)) continue;
            point.whole.resize(point.whole.size() + field_size(curve) - number.size());
            append(point.whole, number);
        }
        if (point.whole.size() == 1 + 2 * field_size(curve)) points.push_back(point);
    }
    return points;
}

ErrorCode code_of(const Result<Bytes>& point) {
    return point.ok() ? ErrorCode::Internal : point.error().code;
}

TEST(CurveEquation, agrees_with_NIST_on_which_points_are_on_the_curve) {
    std::size_t right = 0;
    for (const KnownPoint& known : known_points()) {
        const auto point = point_by_equation(known.curve, known.whole);
        EXPECT_EQ(point.ok(), known.is_right) << to_hex(known.whole);
        if (point.ok()) {
            EXPECT_EQ(*point, known.whole);
        }
        if (known.is_right) ++right;
    }
    EXPECT_EQ(right, 8U);
}

TEST(CurveEquation, finds_Y_of_a_compressed_point) {
    for (const KnownPoint& known : known_points()) {
        if (!known.is_right) continue;
        const std::uint8_t parity = known.whole.back() & 1;
        Bytes compressed = to_bytes(ByteView(known.whole).first(1 + field_size(known.curve)));
        compressed[0] = static_cast<std::uint8_t>(0x02 | parity);
        EXPECT_EQ(*point_by_equation(known.curve, compressed), known.whole);
        // The other sign: the negative point.
        compressed[0] ^= 1;
        const auto other = point_by_equation(known.curve, compressed);
        ASSERT_TRUE(other.ok());
        EXPECT_NE(*other, known.whole);
        EXPECT_EQ(*point_by_equation(known.curve, *other), *other);
        for (const std::uint8_t form : Bytes{0x00, 0x01, 0x04, 0x05, 0x06, 0x07, 0x82}) {
            compressed[0] = form;
            EXPECT_EQ(code_of(point_by_equation(known.curve, compressed)),
                      ErrorCode::CardDataMalformed);
        }
    }
}

TEST(CurveEquation, has_a_point_for_about_every_second_X) {
    for (const Curve curve : {Curve::P256, Curve::P384}) {
        Bytes compressed(1 + field_size(curve));
        compressed[0] = 0x02;
        int points = 0;
        for (std::uint8_t x = 0; x < 100; ++x) {
            compressed.back() = x;
            const auto point = point_by_equation(curve, compressed);
            if (!point.ok()) continue;
            ++points;
            EXPECT_TRUE(point_by_equation(curve, *point).ok()) << int{x};
        }
        EXPECT_GT(points, 30);
        EXPECT_LT(points, 70);
    }
}

TEST(CurveEquation, reads_the_hybrid_form_if_it_names_the_right_sign) {
    for (const KnownPoint& known : known_points()) {
        if (!known.is_right) continue;
        Bytes hybrid = known.whole;
        hybrid[0] = static_cast<std::uint8_t>(0x06 | (known.whole.back() & 1));
        EXPECT_EQ(*point_by_equation(known.curve, hybrid), known.whole);
        hybrid[0] ^= 1;
        EXPECT_EQ(code_of(point_by_equation(known.curve, hybrid)), ErrorCode::CardDataMalformed);
    }
}

TEST(CurveEquation, refuses_other_sizes_and_infinity) {
    const KnownPoint known = known_points().front();
    for (std::size_t size = 0; size < known.whole.size(); ++size) {
        if (size == 1 + field_size(known.curve)) continue;
        EXPECT_FALSE(point_by_equation(known.curve, ByteView(known.whole).first(size)).ok());
    }
    EXPECT_FALSE(point_by_equation(Curve::P384, known.whole).ok());
    EXPECT_FALSE(point_by_equation(Curve::P256, Bytes{0x00}).ok());
}

TEST(CurveOrder, is_the_end_of_the_range) {
    // RFC 6979, appendices A.2.5 and A.2.6: q.
    const std::pair<Curve, const char*> orders[] = {
        {Curve::P256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"},
        {Curve::P384,
         "ffffffffffffffffffffffffffffffffffffffffffffffff"
         "c7634d81f4372ddf581a0db248b0a77aecec196accc52973"},
    };
    for (const auto& [curve, hex] : orders) {
        Bytes number = *from_hex(hex);
        EXPECT_FALSE(is_in_range_of_order(curve, number));
        --number.back();
        EXPECT_TRUE(is_in_range_of_order(curve, number));
        number.insert(number.begin(), 0);
        EXPECT_FALSE(is_in_range_of_order(curve, number)) << "one byte too many";
        Bytes small(field_size(curve));
        EXPECT_FALSE(is_in_range_of_order(curve, small));
        small.back() = 1;
        EXPECT_TRUE(is_in_range_of_order(curve, small));
        EXPECT_FALSE(is_in_range_of_order(curve, {}));
    }
}

}  // namespace
}  // namespace cardmux::crypto

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "iso7816/tlv_reader.h"

#include <gtest/gtest.h>

namespace cardmux::iso7816 {
namespace {

/// The first object of `hex` as "tag:value", "end", or the error's name.
std::string first_of(std::string_view hex) {
    const Bytes input = *from_hex(hex);
    const auto object = TlvReader(input).next();
    if (!object.ok()) return name_of(object.error().code);
    if (!object->has_value()) return "end";
    Bytes tag;
    for (int shift = 16; shift >= 0; shift -= 8) {
        const auto byte = static_cast<std::uint8_t>((*object)->tag >> shift & 0xff);
        if (byte != 0 || !tag.empty()) tag.push_back(byte);
    }
    return to_hex(tag) + ":" + to_hex((*object)->value);
}

TEST(TlvReader, reads_tags_of_one_two_and_three_bytes) {
    EXPECT_EQ(first_of("53 01 aa"), "53:aa");
    EXPECT_EQ(first_of("7f49 02 aabb"), "7f49:aabb");
    EXPECT_EQ(first_of("5fc102 00"), "5fc102:");
}

TEST(TlvReader, reads_lengths_of_one_to_four_bytes) {
    EXPECT_EQ(first_of("04 8101 aa"), "04:aa");
    EXPECT_EQ(first_of("04 820001 aa"), "04:aa");
    EXPECT_EQ(first_of("04 83000001 aa"), "04:aa");
    Bytes input = *from_hex("53 830100ff");
    input.resize(input.size() + 0x100ff, 0x11);
    const auto object = TlvReader(input).next();
    ASSERT_TRUE(object.ok());
    EXPECT_EQ((*object)->value.size(), 0x100ffU);
}

TEST(TlvReader, refuses_a_length_beyond_the_end) {
    EXPECT_EQ(first_of("53 02 aa"), "CardDataMalformed");
    EXPECT_EQ(first_of("53 8180 aa"), "CardDataMalformed");
    EXPECT_EQ(first_of("53 83ffffff aa"), "CardDataMalformed");
}

TEST(TlvReader, refuses_indefinite_and_overlong_lengths) {
    EXPECT_EQ(first_of("53 80 aa 0000"), "CardDataMalformed");
    EXPECT_EQ(first_of("53 8400000001 aa"), "CardDataMalformed");
    EXPECT_EQ(first_of("53 ff aa"), "CardDataMalformed");
}

TEST(TlvReader, refuses_a_tag_or_length_that_is_cut_off) {
    EXPECT_EQ(first_of("53"), "CardDataMalformed");
    EXPECT_EQ(first_of("7f"), "CardDataMalformed");
    EXPECT_EQ(first_of("5fc1"), "CardDataMalformed");
    EXPECT_EQ(first_of("53 82 01"), "CardDataMalformed");
}

TEST(TlvReader, refuses_a_tag_of_four_bytes) {
    EXPECT_EQ(first_of("5f818101 00"), "CardDataMalformed");
}

TEST(TlvReader, skips_zero_bytes_around_objects) {
    EXPECT_EQ(first_of("0000 53 01 aa"), "53:aa");
    EXPECT_EQ(first_of("0000"), "end");
    EXPECT_EQ(first_of(""), "end");
}

TEST(TlvReader, goes_through_all_objects_and_then_says_end) {
    const Bytes input = *from_hex("70 01 aa 71 01 00 fe 00");
    TlvReader reader{input};
    EXPECT_EQ((*reader.next())->tag, 0x70U);
    EXPECT_EQ((*reader.next())->tag, 0x71U);
    EXPECT_EQ((*reader.next())->tag, 0xFEU);
    EXPECT_FALSE(reader.next()->has_value());
    EXPECT_FALSE(reader.next()->has_value());
    EXPECT_TRUE(reader.rest().empty());
}

TEST(TlvReader, finds_a_tag_without_moving) {
    const Bytes input = *from_hex("70 01 aa 71 01 bb");
    TlvReader reader{input};
    EXPECT_EQ(to_hex((*reader.find(0x71))->value), "bb");
    EXPECT_FALSE(reader.find(0x72)->has_value());
    EXPECT_EQ((*reader.next())->tag, 0x70U);
    EXPECT_FALSE(reader.find(0x70)->has_value());
}

TEST(TlvReader, find_looks_only_at_what_lies_before_the_object) {
    const Bytes input = *from_hex("70 01 aa 71 05 bb");
    EXPECT_TRUE(TlvReader(input).find(0x70).ok());
    EXPECT_EQ(TlvReader(input).find(0x72).error().code, ErrorCode::CardDataMalformed);
}

TEST(TlvReader, require_refuses_an_object_that_is_missing) {
    const Bytes input = *from_hex("70 01 aa");
    EXPECT_EQ(to_hex(*TlvReader(input).require(0x70)), "aa");
    EXPECT_EQ(TlvReader(input).require(0x71).error().code, ErrorCode::CardDataMalformed);
}

TEST(TlvReader, stays_where_it_is_after_an_error) {
    const Bytes input = *from_hex("00 53 05 aa");
    TlvReader reader{input};
    EXPECT_FALSE(reader.next().ok());
    EXPECT_EQ(reader.rest().size(), input.size());
    EXPECT_FALSE(reader.next().ok());
}

TEST(TlvReader, enters_nested_objects_down_to_the_depth_limit) {
    const Bytes input(64, 0x00);
    const Tlv object{0x7C, ByteView(input)};
    TlvReader reader{input};
    for (int depth = 0; depth < tlv_depth_max; ++depth) {
        auto inner = reader.enter(object);
        ASSERT_TRUE(inner.ok()) << depth;
        reader = *inner;
    }
    EXPECT_EQ(reader.enter(object).error().code, ErrorCode::CardDataMalformed);
}

TEST(TlvReader, knows_constructed_tags_by_their_first_byte) {
    EXPECT_TRUE((Tlv{0x7C, {}}.is_constructed()));
    EXPECT_TRUE((Tlv{0x7F49, {}}.is_constructed()));
    EXPECT_FALSE((Tlv{0x53, {}}.is_constructed()));
    EXPECT_FALSE((Tlv{0x5FC122, {}}.is_constructed()));
}

}  // namespace
}  // namespace cardmux::iso7816

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/der.h"

#include <gtest/gtest.h>

namespace cardmux::crypto::der {
namespace {

std::string first_of(std::string_view hex) {
    const Bytes input = *from_hex(hex);
    Reader reader(input);
    const auto element = reader.next();
    return element.ok() ? to_hex(element->content) + "/" + to_hex(element->whole)
                        : name_of(element.error().code);
}

std::string integer_of(std::string_view hex) {
    const Bytes input = *from_hex(hex);
    const auto number = Reader(input).positive_integer();
    return number.ok() ? to_hex(*number) : name_of(number.error().code);
}

TEST(Der, reads_an_element_and_what_it_stands_in) {
    EXPECT_EQ(first_of("0403010203 ff"), "010203/0403010203");
    EXPECT_EQ(first_of("0500"), "/0500");
}

TEST(Der, refuses_lengths_that_are_not_in_their_shortest_form) {
    EXPECT_EQ(first_of("04 8101 aa"), "CardDataMalformed");
    EXPECT_EQ(first_of("04 820001 aa"), "CardDataMalformed");
    EXPECT_EQ(first_of("04 80 aa 0000"), "CardDataMalformed");
    EXPECT_EQ(first_of("04 8400000001 aa"), "CardDataMalformed");
    EXPECT_EQ(first_of("04 82007f" + std::string(254, 'a')), "CardDataMalformed");
    EXPECT_EQ(first_of("04 817f" + std::string(254, 'a')), "CardDataMalformed");
    EXPECT_NE(first_of("04 8180" + std::string(256, 'a')), "CardDataMalformed");
}

TEST(Der, refuses_what_is_cut_off) {
    for (const char* hex : {"", "04", "0402aa", "0482", "0481", "1f0100"}) {
        EXPECT_EQ(first_of(hex), "CardDataMalformed") << hex;
    }
}

TEST(Der, reads_positive_integers_without_their_sign_byte) {
    EXPECT_EQ(integer_of("020101"), "01");
    EXPECT_EQ(integer_of("02020080"), "80");
    EXPECT_EQ(integer_of("020200ff"), "ff");
}

TEST(Der, refuses_integers_that_are_zero_negative_or_padded) {
    for (const char* hex : {"0200", "020100", "0201ff", "02020001", "0203000001", "030101"}) {
        EXPECT_EQ(integer_of(hex), "CardDataMalformed") << hex;
    }
}

TEST(Der, writes_what_it_reads) {
    for (const std::size_t size : {1, 127, 128, 255, 256, 65535, 65536}) {
        Bytes written;
        const Bytes content(size, 0x5a);
        append_element(written, octet_string, content);
        Reader reader(written);
        const auto element = reader.next(octet_string);
        ASSERT_TRUE(element.ok()) << size;
        EXPECT_TRUE(equal(element->content, content));
        EXPECT_TRUE(reader.at_end());
    }
}

TEST(Der, writes_unsigned_numbers_in_their_shortest_form) {
    const auto written = [](std::string_view hex) {
        Bytes bytes;
        append_unsigned(bytes, *from_hex(hex));
        return to_hex(bytes);
    };
    EXPECT_EQ(written("00000001"), "020101");
    EXPECT_EQ(written("80"), "02020080");
    EXPECT_EQ(written("0000"), "020100");
}

}  // namespace
}  // namespace cardmux::crypto::der

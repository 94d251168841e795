// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "iso7816/apdu.h"

#include <gtest/gtest.h>

namespace cardmux::iso7816 {
namespace {

CommandApdu command(std::size_t data_size, std::optional<std::uint32_t> expected_size) {
    return {.cla = 0x00,
            .ins = 0xCB,
            .p1 = 0x3F,
            .p2 = 0xFF,
            .data = Bytes(data_size, 0xAB),
            .expected_size = expected_size};
}

std::string encoded_hex(const CommandApdu& value, LengthForm form) {
    const auto encoded = encode(value, form);
    return encoded.ok() ? to_hex(*encoded) : name_of(encoded.error().code);
}

Result<CommandApdu> parse_hex(std::string_view hex) {
    return parse_command(*from_hex(hex));
}

// The seven cases of ISO 7816-4, section 5.1.
TEST(Apdu, encodes_the_four_short_cases) {
    EXPECT_EQ(encoded_hex(command(0, {}), LengthForm::Short), "00cb3fff");
    EXPECT_EQ(encoded_hex(command(0, 16), LengthForm::Short), "00cb3fff10");
    EXPECT_EQ(encoded_hex(command(2, {}), LengthForm::Short), "00cb3fff02abab");
    EXPECT_EQ(encoded_hex(command(2, 255), LengthForm::Short), "00cb3fff02ababff");
}

TEST(Apdu, encodes_256_and_more_as_00_in_the_short_form) {
    EXPECT_EQ(encoded_hex(command(0, 256), LengthForm::Short), "00cb3fff00");
    EXPECT_EQ(encoded_hex(command(0, response_size_any), LengthForm::Short), "00cb3fff00");
}

TEST(Apdu, encodes_the_three_extended_cases) {
    EXPECT_EQ(encoded_hex(command(0, 257), LengthForm::Extended), "00cb3fff000101");
    EXPECT_EQ(encoded_hex(command(2, response_size_any), LengthForm::Extended),
              "00cb3fff000002abab0000");
    const std::string long_data = encoded_hex(command(256, {}), LengthForm::Extended);
    EXPECT_EQ(long_data.substr(0, 14), "00cb3fff000100");
    EXPECT_EQ(long_data.size(), 2 * (7 + 256U));
}

TEST(Apdu, uses_extended_fields_only_where_the_short_ones_do_not_do) {
    EXPECT_EQ(encoded_hex(command(2, 256), LengthForm::Extended), "00cb3fff02abab00");
    EXPECT_EQ(encoded_hex(command(0, {}), LengthForm::Extended), "00cb3fff");
}

TEST(Apdu, refuses_what_does_not_fit_the_form) {
    EXPECT_EQ(encode(command(256, {}), LengthForm::Short).error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(encode(command(65536, {}), LengthForm::Extended).error().code,
              ErrorCode::InvalidArgument);
    EXPECT_EQ(encode(command(0, 0), LengthForm::Short).error().code, ErrorCode::InvalidArgument);
    EXPECT_EQ(encode(command(0, 65537), LengthForm::Extended).error().code,
              ErrorCode::InvalidArgument);
    EXPECT_TRUE(encode(command(255, {}), LengthForm::Short).ok());
    EXPECT_TRUE(encode(command(65535, 65536), LengthForm::Extended).ok());
}

TEST(Apdu, reads_back_every_command_that_it_encodes) {
    for (const std::size_t size : {0, 1, 254, 255, 256, 257, 4096, 65535}) {
        for (const std::uint32_t expected : {0, 1, 255, 256, 257, 65535, 65536}) {
            const auto original =
                command(size, expected == 0 ? std::nullopt : std::optional(expected));
            const auto parsed = parse_command(*encode(original, LengthForm::Extended));
            ASSERT_TRUE(parsed.ok()) << size << " " << expected;
            EXPECT_EQ(parsed->data, original.data);
            EXPECT_EQ(parsed->expected_size, original.expected_size) << size;
            EXPECT_EQ(parsed->p2, original.p2);
        }
    }
}

TEST(Apdu, reads_extended_fields_that_the_short_form_would_have_held) {
    const auto parsed = parse_hex("00870791 000002 abab 0010");
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(to_hex(parsed->data), "abab");
    EXPECT_EQ(parsed->expected_size, 16U);
}

TEST(Apdu, refuses_commands_whose_lengths_contradict_each_other) {
    for (const char* hex : {"", "00a404", "00a40400 02 ab", "00a40400 01 abcdef", "00a40400 0001",
                            "00a40400 0000", "00a40400 000000 ab", "00a40400 000002 ab",
                            "00a40400 000001 ab 00", "00a40400 000001 ab 000000"}) {
        const auto parsed = parse_hex(hex);
        ASSERT_FALSE(parsed.ok()) << hex;
        EXPECT_EQ(parsed.error().code, ErrorCode::DataInvalid);
    }
}

TEST(Apdu, splits_a_response_into_data_and_status_word) {
    const auto response = parse_response(*from_hex("0102 6a82"));
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(to_hex(response->data), "0102");
    EXPECT_EQ(response->status_word, 0x6A82);
    EXPECT_FALSE(response->ok());
    EXPECT_TRUE(parse_response(*from_hex("9000"))->ok());
    EXPECT_EQ(to_hex(encode(*response)), "01026a82");
}

TEST(Apdu, refuses_a_response_shorter_than_a_status_word) {
    EXPECT_EQ(parse_response(*from_hex("90")).error().code, ErrorCode::CardDataMalformed);
    EXPECT_EQ(parse_response({}).error().code, ErrorCode::CardDataMalformed);
}

}  // namespace
}  // namespace cardmux::iso7816

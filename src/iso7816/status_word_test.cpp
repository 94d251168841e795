// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "iso7816/status_word.h"

#include <gtest/gtest.h>

namespace cardmux::iso7816::status {
namespace {

TEST(StatusWord, tells_the_tries_left_of_63Cx_only) {
    EXPECT_EQ(tries_left(0x63C0), 0);
    EXPECT_EQ(tries_left(0x63C2), 2);
    EXPECT_EQ(tries_left(0x63CF), 15);
    EXPECT_EQ(tries_left(0x6300), std::nullopt);
    EXPECT_EQ(tries_left(0x63D2), std::nullopt);
    EXPECT_EQ(tries_left(0x9000), std::nullopt);
}

TEST(StatusWord, reads_61xx_as_bytes_waiting_with_00_for_256) {
    EXPECT_EQ(bytes_waiting(0x6100), 256U);
    EXPECT_EQ(bytes_waiting(0x6101), 1U);
    EXPECT_EQ(bytes_waiting(0x61FF), 255U);
    EXPECT_EQ(bytes_waiting(0x6C10), std::nullopt);
}

TEST(StatusWord, reads_6Cxx_as_the_right_size_with_00_for_256) {
    EXPECT_EQ(right_size(0x6C00), 256U);
    EXPECT_EQ(right_size(0x6C20), 32U);
    EXPECT_EQ(right_size(0x6120), std::nullopt);
}

TEST(StatusWord, knows_which_words_mean_that_the_command_is_unknown) {
    EXPECT_TRUE(is_unknown_command(0x6D00));
    EXPECT_TRUE(is_unknown_command(0x6E00));
    EXPECT_TRUE(is_unknown_command(0x6A81));
    EXPECT_FALSE(is_unknown_command(0x6A82));
    EXPECT_FALSE(is_unknown_command(0x9000));
}

TEST(StatusWord, tells_a_refusal_from_what_went_wrong) {
    for (const int word : {0x6700, 0x6982, 0x6A82, 0x6D00, 0x6EFF})
        EXPECT_TRUE(is_refusal(static_cast<std::uint16_t>(word))) << word;
    for (const int word : {0x9000, 0x6100, 0x6282, 0x6400, 0x6581, 0x6F00, 0x4E6E})
        EXPECT_FALSE(is_refusal(static_cast<std::uint16_t>(word))) << word;
}

}  // namespace
}  // namespace cardmux::iso7816::status

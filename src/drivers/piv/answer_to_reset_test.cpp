// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Answers to reset of real cards, as their makers publish them, and damaged ones.
#include "drivers/piv/answer_to_reset.h"

#include <gtest/gtest.h>

namespace cardmux::drivers::piv {
namespace {

Bytes atr(const char* hex) {
    return from_hex(hex).value_or({});
}

const char* const yubikey_5 = "3bfd1300008131fe158073c021c057597562694b657940";
const char* const yubikey_5_contactless = "3b8d80018073c021c057597562694b6579f9";
const char* const yubikey_4 = "3bf81300008131fe15597562696b657934d4";
const char* const yubikey_neo = "3bfc1300008131fe15597562696b65794e454f7233e1";

TEST(AnswerToReset, finds_extended_length_in_the_card_capabilities) {
    EXPECT_TRUE(offers_extended_length(atr(yubikey_5)));
    EXPECT_TRUE(offers_extended_length(atr(yubikey_5_contactless)));
}

TEST(AnswerToReset, takes_short_commands_where_the_capabilities_lack_extended_length) {
    EXPECT_FALSE(offers_extended_length(atr("3bfd1300008131fe158073c0218057597562694b657900")));
    EXPECT_FALSE(offers_extended_length(atr("3b85800180318065b0")));
}

TEST(AnswerToReset, knows_that_a_yubikey_4_takes_extended_length_and_a_neo_may_not) {
    EXPECT_TRUE(offers_extended_length(atr(yubikey_4)));
    EXPECT_FALSE(offers_extended_length(atr(yubikey_neo)));
}

TEST(AnswerToReset, takes_short_commands_where_only_T0_is_offered) {
    // The YubiKey's historical bytes behind T0 without interface bytes, and behind TD1 = 00.
    EXPECT_FALSE(offers_extended_length(atr("3b0d8073c021c057597562694b6579")));
    EXPECT_FALSE(offers_extended_length(atr("3b8d008073c021c057597562694b6579")));
}

TEST(AnswerToReset, reads_capabilities_before_a_status_indicator) {
    EXPECT_TRUE(offers_extended_length(atr("3b888001 00 73c021c0 009000")));
    EXPECT_FALSE(offers_extended_length(atr("3b888001 00 009000 73c021c0")));
}

TEST(AnswerToReset, knows_yubikeys_by_name) {
    for (const char* hex : {yubikey_5, yubikey_5_contactless, yubikey_4, yubikey_neo})
        EXPECT_TRUE(is_named_yubikey(atr(hex))) << hex;
    EXPECT_FALSE(is_named_yubikey(atr("3b80800101")));
}

TEST(AnswerToReset, survives_every_cut_of_an_answer) {
    const Bytes whole = atr(yubikey_5);
    for (std::size_t size = 0; size < whole.size() - 1; ++size) {
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(offers_extended_length(cut)) << size;
        EXPECT_TRUE(historical_bytes(cut).empty()) << size;
    }
    EXPECT_FALSE(offers_extended_length(atr("3bff8080808080808080")));
}

}  // namespace
}  // namespace cardmux::drivers::piv

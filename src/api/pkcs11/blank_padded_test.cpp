// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/blank_padded.h"

#include <gtest/gtest.h>

#include <string>

namespace cardmux::pkcs11 {
namespace {

std::string filled(std::string_view text) {
    CK_UTF8CHAR field[8];
    fill_blank_padded(field, text);
    return {std::begin(field), std::end(field)};
}

TEST(BlankPadded, fills_up_with_blanks) {
    EXPECT_EQ(filled("PIV"), "PIV     ");
}

TEST(BlankPadded, cuts_a_long_text) {
    EXPECT_EQ(filled("Cardmux PIV"), "Cardmux ");
}

TEST(BlankPadded, never_cuts_a_character_in_two) {
    EXPECT_EQ(filled("Schl\xc3\xbcssel"), "Schl\xc3\xbcss");
    EXPECT_EQ(filled("1234567\xc3\xbc"), "1234567 ");
    EXPECT_EQ(filled("12345\xe2\x82\xac"), "12345\xe2\x82\xac");
    EXPECT_EQ(filled("123456\xe2\x82\xac"), "123456  ");
}

}  // namespace
}  // namespace cardmux::pkcs11

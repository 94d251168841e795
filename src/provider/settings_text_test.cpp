// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "provider/settings_text.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cardmux::provider {
namespace {

TEST(SettingsText, is_ascii_for_the_parser_and_as_it_was_afterwards) {
    for (const std::string text : {"", "hold = 0\n", "log = \"/tmp/Grüße €\" # \xF0\x9F\x92\xB3",
                                   "100%", "%C3%", "%c3%bc", "%%25", "%4"}) {
        const auto ascii = to_ascii(text);
        ASSERT_TRUE(ascii) << text;
        EXPECT_TRUE(std::ranges::all_of(*ascii, [](char c) { return c >= 0; })) << text;
        EXPECT_EQ(from_ascii(*ascii), text);
    }
}

TEST(SettingsText, loses_the_byte_order_mark_in_front_only) {
    EXPECT_EQ(to_ascii("\xEF\xBB\xBFhold = 0"), "hold = 0");
    EXPECT_EQ(to_ascii("#\xEF\xBB\xBF"), "#%ef%bb%bf");
}

TEST(SettingsText, has_to_be_utf8) {
    for (const char* text : {"\xFF", "a\xC3", "\xC3(", "\xED\xA0\x80", "\xC0\x80"})
        EXPECT_FALSE(to_ascii(text)) << text;
}

/// As a parser makes it of \u0025 and what follows.
TEST(SettingsText, leaves_alone_what_it_has_not_made) {
    for (const char* text : {"%41", "%", "%x", "%7f", "% c3"}) EXPECT_EQ(from_ascii(text), text);
}

}  // namespace
}  // namespace cardmux::provider

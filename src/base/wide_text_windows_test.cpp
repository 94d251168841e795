// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/wide_text_windows.h"

#include <gtest/gtest.h>

namespace cardmux {
namespace {

TEST(WideText, goes_there_and_back) {
    const std::string text = "Reader Grüße € \xF0\x9F\x94\x91 0";
    EXPECT_EQ(to_wide("Grüße"), L"Gr\u00fc\u00dfe");
    EXPECT_EQ(to_wide(text).size(), 19U) << "one of them takes two units";
    EXPECT_EQ(from_wide(to_wide(text)), text);
    EXPECT_EQ(to_wide(""), L"");
    EXPECT_EQ(from_wide(L""), "");
}

TEST(WideText, replaces_what_is_no_text) {
    EXPECT_EQ(to_wide("a\xFF"), L"a\ufffd");
    EXPECT_EQ(from_wide(std::wstring(1, L'\xD800')), "\xEF\xBF\xBD");
}

TEST(WideText, keeps_what_every_code_page_has) {
    EXPECT_EQ(to_ansi("Reader 0"), "Reader 0");
    EXPECT_EQ(from_ansi("Reader 0"), "Reader 0");
}

}  // namespace
}  // namespace cardmux

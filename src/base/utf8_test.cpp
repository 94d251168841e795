// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/utf8.h"

#include <gtest/gtest.h>

namespace cardmux::utf8 {
namespace {

std::size_t first_size_of(std::string_view hex) {
    return first_size(*from_hex(hex));
}

TEST(Utf8, tells_the_size_of_the_first_character) {
    for (const char* right : {"00", "41", "7f"}) EXPECT_EQ(first_size_of(right), 1U) << right;
    for (const char* right : {"c280", "c3bc", "dfbf"}) EXPECT_EQ(first_size_of(right), 2U) << right;
    for (const char* right : {"e0a080", "e282ac", "ed9fbf", "ee8080", "efbfbd"})
        EXPECT_EQ(first_size_of(right), 3U) << right;
    for (const char* right : {"f0908080", "f09f9491", "f48fbfbf"})
        EXPECT_EQ(first_size_of(right), 4U) << right;
    EXPECT_EQ(first_size_of("c3bcff"), 2U) << "what follows does not matter";
    EXPECT_EQ(first_size_of("41ff"), 1U);
}

TEST(Utf8, has_no_character_where_the_bytes_are_none) {
    for (const char* wrong :
         {"",       "80",     "bf",     "ff",       "fe",       "f8",        "c3",
          "e282",   "f09f94", "c341",   "e28241",   "f09f9441", "c080",      "c0af",
          "c1bf",   "e08080", "e080af", "e09fbf",   "f0808080", "f08080af",  "f08fbfbf",
          "eda080", "edbfbf", "f5",     "f4908080", "f7bfbfbf", "f888808080"})
        EXPECT_EQ(first_size_of(wrong), 0U) << wrong;
}

TEST(Utf8, writes_every_character_that_it_reads) {
    for (const std::uint32_t code :
         {0x00U, 0x7fU, 0x80U, 0x7ffU, 0x800U, 0xd7ffU, 0xe000U, 0xffffU, 0x10000U, 0x10ffffU}) {
        EXPECT_TRUE(is_character(code)) << code;
        std::string text;
        append(text, code);
        EXPECT_EQ(first_size(bytes_of(text)), text.size()) << code;
    }
    for (const std::uint32_t code : {0xd800U, 0xdfffU, 0x110000U, 0xffffffffU})
        EXPECT_FALSE(is_character(code)) << code;
    std::string key;
    append(key, 0x1f511);
    EXPECT_EQ(key, "\U0001f511");
}

}  // namespace
}  // namespace cardmux::utf8

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/directory_string.h"

#include <gtest/gtest.h>

namespace cardmux::crypto {
namespace {

constexpr std::uint8_t utf8_string = 0x0c;
constexpr std::uint8_t t61_string = 0x14;
constexpr std::uint8_t universal_string = 0x1c;
constexpr std::uint8_t bmp_string = 0x1e;

std::string text_of(std::uint8_t tag, std::string_view hex) {
    const Bytes content = *from_hex(hex);
    return utf8_of({tag, content, {}});
}

TEST(DirectoryString, is_the_same_text_in_every_encoding) {
    EXPECT_EQ(text_of(utf8_string, "47c3bc20e282ac"), "Gü €");
    EXPECT_EQ(text_of(bmp_string, "004700fc002020ac"), "Gü €");
    EXPECT_EQ(text_of(universal_string, "00000047000000fc00000020000020ac"), "Gü €");
    EXPECT_EQ(text_of(t61_string, "47fc"), "Gü");
    EXPECT_EQ(text_of(universal_string, "0001f511"), "\U0001f511");
    EXPECT_EQ(text_of(utf8_string, "f09f9491"), "\U0001f511");
    for (const std::uint8_t tag : Bytes{0x12, 0x13, 0x16, 0x1a})
        EXPECT_EQ(text_of(tag, "414231"), "AB1");
    EXPECT_EQ(text_of(bmp_string, ""), "");
}

TEST(DirectoryString, is_empty_if_it_is_no_text) {
    EXPECT_EQ(text_of(0x04, "4142"), "");
    EXPECT_EQ(text_of(0x03, "4142"), "");
    EXPECT_EQ(text_of(bmp_string, "004100"), "") << "half a character";
    EXPECT_EQ(text_of(universal_string, "00000041000000"), "");
    EXPECT_EQ(text_of(bmp_string, "d83ddd11"), "") << "surrogates";
    EXPECT_EQ(text_of(universal_string, "0000dfff"), "");
    EXPECT_EQ(text_of(universal_string, "00110000"), "") << "beyond Unicode";
}

TEST(DirectoryString, is_empty_if_its_UTF_8_is_broken) {
    for (const char* hex :
         {"80",     "bf",     "ff",       "fe",       "f8",        "c3",
          "e282",   "f09f94", "c341",     "e28241",   "f09f9441",  "c080",
          "c1bf",   "e08080", "e09fbf",   "f0808080", "f08fbfbf",  // longer than needed
          "eda080", "edbfbf", "f4908080", "f7bfbfbf", "f888808080"}) {
        EXPECT_EQ(text_of(utf8_string, hex), "") << hex;
        EXPECT_EQ(text_of(utf8_string, "41" + std::string(hex)), "") << hex;
    }
    EXPECT_EQ(text_of(utf8_string, "c280dfbfe0a080ed9fbfee8080efbfbdf0908080f48fbfbf").size(), 24U);
}

}  // namespace
}  // namespace cardmux::crypto

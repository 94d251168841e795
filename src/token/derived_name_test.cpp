// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "token/derived_name.h"

#include <gtest/gtest.h>

#include <string>

namespace cardmux::token {
namespace {

TEST(ContainerName, is_one_to_39_characters_of_utf8) {
    EXPECT_TRUE(can_be_container_name("K\xC3\xA4the \xE2\x82\xAC \xF0\x9F\x94\x91"));
    EXPECT_TRUE(can_be_container_name(std::string(39, 'a')));
    EXPECT_FALSE(can_be_container_name(std::string(40, 'a')));
    EXPECT_FALSE(can_be_container_name(""));
    EXPECT_FALSE(can_be_container_name("a\\b"));
    std::string keys;
    for (int i = 0; i < 39; ++i) keys += "\xF0\x9F\x94\x91";
    EXPECT_TRUE(can_be_container_name(keys));
    EXPECT_FALSE(can_be_container_name(keys + "a"));
}

TEST(ContainerName, is_not_what_is_no_utf8) {
    for (const char* wrong :
         {"\x80", "a\xC3", "\xC3(", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80",
          "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80", "\xF5", "\xFF", "\xE2\x82"})
        EXPECT_FALSE(can_be_container_name(wrong)) << wrong;
}

}  // namespace
}  // namespace cardmux::token

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/key_name.h"

#include <gtest/gtest.h>

namespace cardmux::tool {
namespace {

Bytes id_named(std::string_view name) {
    std::string problem;
    const auto uri = parse_key_name(name, problem);
    return uri && uri->id ? *uri->id : Bytes{};
}

TEST(KeyName, short_names_are_the_ids_of_piv_keys) {
    EXPECT_EQ(id_named("9a"), Bytes{1});
    EXPECT_EQ(id_named("9A"), Bytes{1});
    EXPECT_EQ(id_named("9c"), Bytes{2});
    EXPECT_EQ(id_named("9d"), Bytes{3});
    EXPECT_EQ(id_named("9e"), Bytes{4});
    EXPECT_EQ(id_named("82"), Bytes{5});
    EXPECT_EQ(id_named("95"), Bytes{0x18});
}

TEST(KeyName, takes_the_types_that_a_command_uses) {
    const auto takes = [](std::string_view name) {
        std::string problem;
        return parse_key_name(name, {"private"}, problem).ok();
    };
    EXPECT_TRUE(takes("9a"));
    EXPECT_TRUE(takes("pkcs11:id=%01"));
    EXPECT_TRUE(takes("pkcs11:id=%01;type=private"));
    EXPECT_FALSE(takes("pkcs11:id=%01;type=cert"));
}

TEST(KeyName, takes_a_uri) {
    EXPECT_EQ(id_named("pkcs11:id=%07"), Bytes{7});
}

TEST(KeyName, refuses_what_is_no_key) {
    for (const char* name : {"", "9b", "96", "81", "9", "09a", "9 a", "a", "key", "pkcs11:no=1"}) {
        std::string problem;
        EXPECT_FALSE(parse_key_name(name, problem).ok()) << name;
        EXPECT_NE(problem, "") << name;
    }
}

TEST(KeyName, is_written_in_lower_case) {
    EXPECT_EQ(short_name_of(0x9A), "9a");
}

}  // namespace
}  // namespace cardmux::tool

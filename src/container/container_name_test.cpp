// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "container/container_name.h"

#include <gtest/gtest.h>

namespace cardmux::container {
namespace {

struct Case {
    const char* text;
    std::optional<std::string> reader;
    const char* container;
};

TEST(ContainerName, has_four_forms) {
    const Case cases[] = {
        {R"(\\.\Yubico YubiKey 0\piv-9a)", "Yubico YubiKey 0", "piv-9a"},
        {R"(\\.\Yubico YubiKey 0\)", "Yubico YubiKey 0", ""},
        {R"(\\.\Yubico YubiKey 0)", "Yubico YubiKey 0", ""},
        {"piv-9a", std::nullopt, "piv-9a"},
        {"", std::nullopt, ""},
    };
    for (const Case& expected : cases) {
        const auto name = parse_container_name(expected.text);
        ASSERT_TRUE(name.ok()) << expected.text;
        EXPECT_EQ(name->reader, expected.reader) << expected.text;
        EXPECT_EQ(name->container, expected.container) << expected.text;
    }
}

TEST(ContainerName, is_refused_if_no_card_can_have_it) {
    const std::string too_long(container_name_max + 1, 'x');
    for (const std::string& text :
         {std::string(R"(\\.\)"), std::string(R"(\\.\\name)"), std::string(R"(\\.\reader\a\b)"),
          std::string(R"(a\b)"), std::string(R"(\\server\share)"), too_long}) {
        const auto name = parse_container_name(text);
        ASSERT_FALSE(name.ok()) << text;
        EXPECT_EQ(name.error().code, ErrorCode::InvalidArgument) << text;
    }
}

TEST(ContainerName, is_measured_in_characters_not_in_bytes) {
    std::string umlauts;
    for (std::size_t i = 0; i < container_name_max; ++i) umlauts += "\xC3\xBC";
    EXPECT_TRUE(parse_container_name(umlauts).ok());
    EXPECT_FALSE(parse_container_name(umlauts + "\xC3\xBC").ok());
}

TEST(ContainerName, with_its_reader_is_read_as_it_was_written) {
    const auto name = parse_container_name(full_name("Reader 1", "piv-9c"));
    ASSERT_TRUE(name.ok());
    EXPECT_EQ(name->reader, "Reader 1");
    EXPECT_EQ(name->container, "piv-9c");
}

}  // namespace
}  // namespace cardmux::container

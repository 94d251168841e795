// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "drivers/piv/management/place_notes.h"

#include <gtest/gtest.h>

namespace cardmux::drivers::piv {
namespace {

TEST(PlaceNotes, come_back_as_they_were_written) {
    const std::vector<PlaceNote> notes = {
        {0x9A, "Käthe's key", {}}, {0x82, "", {}}, {0x9D, "", {1, 2, 3, 4, 5, 6, 7, 8}}};
    EXPECT_EQ(parse_place_notes(encode_place_notes(notes)), notes);
    EXPECT_TRUE(parse_place_notes({}).empty());
    EXPECT_TRUE(encode_place_notes({}).empty());
}

TEST(PlaceNotes, have_the_form_that_is_documented) {
    EXPECT_EQ(to_hex(encode_place_notes({{0x9A, "ab", {}}})), "800781019a82026162");
}

TEST(PlaceNotes, leave_out_what_cannot_be_read) {
    const auto from = [](const char* hex) { return parse_place_notes(from_hex(hex).value_or({})); };
    EXPECT_TRUE(from("ffffff").empty());
    EXPECT_TRUE(from("8003820161").empty()) << "no reference";
    EXPECT_EQ(from("8003820161 800781019a82026162").size(), 1U);
    EXPECT_EQ(from("7001aa 800781019a82026162").size(), 1U) << "another tag";
    EXPECT_EQ(from("800781019a82026162 80").size(), 1U) << "cut short";
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "800781019a82026162";
    EXPECT_EQ(from(many.c_str()).size(), 64U);
}

}  // namespace
}  // namespace cardmux::drivers::piv

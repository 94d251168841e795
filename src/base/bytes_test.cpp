// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/bytes.h"

#include <gtest/gtest.h>

namespace cardmux {
namespace {

TEST(Bytes, are_written_as_lower_case_hexadecimal) {
    EXPECT_EQ(to_hex(Bytes{0x00, 0x0f, 0xa5, 0xff}), "000fa5ff");
    EXPECT_EQ(to_hex({}), "");
}

TEST(Bytes, are_read_from_hexadecimal_of_either_case_with_blanks_and_colons) {
    EXPECT_EQ(*from_hex("00 0f:A5fF "), (Bytes{0x00, 0x0f, 0xa5, 0xff}));
    EXPECT_TRUE(from_hex("")->empty());
}

TEST(Bytes, are_not_read_from_half_bytes_or_other_characters) {
    for (const char* text : {"0", "0 0", "000", "0g", "g0", "0x00", "00\n", "-1"}) {
        const auto bytes = from_hex(text);
        ASSERT_FALSE(bytes.ok()) << text;
        EXPECT_EQ(bytes.error().code, ErrorCode::InvalidArgument);
    }
}

TEST(Bytes, are_equal_only_if_size_and_content_are) {
    EXPECT_TRUE(equal({}, {}));
    EXPECT_TRUE(equal(Bytes{1, 2}, Bytes{1, 2}));
    EXPECT_FALSE(equal(Bytes{1, 2}, Bytes{1, 3}));
    EXPECT_FALSE(equal(Bytes{1, 2}, Bytes{1}));
}

TEST(Bytes, of_a_text_leave_the_terminating_zero_out) {
    EXPECT_EQ(to_bytes(bytes_of("ab")), (Bytes{'a', 'b'}));
    Bytes joined{1};
    append(joined, bytes_of("ab"));
    EXPECT_EQ(joined, (Bytes{1, 'a', 'b'}));
}

}  // namespace
}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace cardmux {
namespace {

Result<int> half_of(int number) {
    if (number % 2 != 0) return Error(ErrorCode::InvalidArgument, "halve");
    return number / 2;
}

Result<int> quarter_of(int number) {
    CARDMUX_TRY_ASSIGN(const int half, half_of(number));
    CARDMUX_TRY_ASSIGN(const int quarter, half_of(half));
    return quarter;
}

Result<void> check_even(int number) {
    CARDMUX_TRY(half_of(number));
    return success();
}

TEST(Result, is_a_value_or_an_error) {
    const auto good = half_of(4);
    ASSERT_TRUE(good.ok());
    EXPECT_EQ(*good, 2);
    const auto bad = half_of(3);
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().code, ErrorCode::InvalidArgument);
}

TEST(Result, passes_the_first_error_up_unchanged) {
    EXPECT_EQ(*quarter_of(8), 2);
    const auto from_first = quarter_of(3);
    const auto from_second = quarter_of(6);
    ASSERT_FALSE(from_first.ok());
    ASSERT_FALSE(from_second.ok());
    EXPECT_EQ(from_second.error().line, from_first.error().line);
    EXPECT_STREQ(from_second.error().operation, "halve");
}

TEST(Result, of_nothing_is_success_or_an_error) {
    EXPECT_TRUE(check_even(2).ok());
    EXPECT_EQ(check_even(1).error().code, ErrorCode::InvalidArgument);
    EXPECT_TRUE(success().ok());
}

TEST(Result, holds_what_can_only_be_moved) {
    Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
    EXPECT_EQ(**result, 7);
    const std::unique_ptr<int> taken = *std::move(result);
    EXPECT_EQ(*taken, 7);
}

TEST(Result, takes_the_other_value_only_for_an_error) {
    EXPECT_EQ(half_of(4).value_or(9), 2);
    EXPECT_EQ(half_of(3).value_or(9), 9);
}

TEST(Result, reaches_into_its_value) {
    Result<std::string> text(std::string("abc"));
    EXPECT_EQ(text->size(), 3U);
    text->push_back('d');
    EXPECT_EQ(text.value(), "abcd");
}

}  // namespace
}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/error.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace cardmux {
namespace {

constexpr int code_count = static_cast<int>(ErrorCode::Internal) + 1;

TEST(Error, has_a_name_of_its_own_and_advice_for_every_code) {
    std::set<std::string> names;
    for (int i = 0; i < code_count; ++i) {
        const auto code = static_cast<ErrorCode>(i);
        EXPECT_STRNE(advice_for(code), "") << i;
        EXPECT_STRNE(name_of(code), "Unknown") << i;
        names.insert(name_of(code));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(code_count));
}

TEST(Error, advice_is_one_sentence_without_a_full_stop) {
    for (int i = 0; i < code_count; ++i) {
        const std::string advice = advice_for(static_cast<ErrorCode>(i));
        EXPECT_EQ(advice.find('\n'), std::string::npos) << advice;
        EXPECT_NE(advice.back(), '.') << advice;
    }
}

TEST(Error, reads_as_operation_code_facts_and_advice) {
    const Error error =
        Error(ErrorCode::PinIncorrect, "PIV VERIFY").with_status_word(0x63C2).with_detail(2);
    EXPECT_EQ(to_string(error),
              "PIV VERIFY: PinIncorrect (tries left 2, status word 63C2): the PIN is wrong");
}

TEST(Error, leaves_out_facts_that_there_are_not) {
    EXPECT_EQ(to_string(Error(ErrorCode::CardAbsent, "connect")),
              "connect: CardAbsent: insert the card");
    EXPECT_EQ(
        to_string(Error(ErrorCode::CardBusy, "connect").with_platform_code(0x8010000B)),
        "connect: CardBusy (code 0x8010000B): another program has the card for itself; end it "
        "or let it share");
}

TEST(Error, tells_that_no_tries_are_left) {
    EXPECT_NE(to_string(Error(ErrorCode::PinWithheld, "sign")).find("tries left 0"),
              std::string::npos);
}

TEST(Error, knows_where_it_was_born) {
    const Error error(ErrorCode::Internal, "test");
    EXPECT_EQ(error.line, __LINE__ - 1);
    EXPECT_NE(std::string(error.file).find("error_test.cpp"), std::string::npos);
    EXPECT_EQ(error.with_detail(1).line, error.line) << "a copy was born at the same place";
}

}  // namespace
}  // namespace cardmux

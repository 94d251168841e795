// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/windows/pin_info.h"

#include <gtest/gtest.h>

#include <vector>

namespace cardmux::api {
namespace {

using container::PinCachePolicy;
using Numbers = std::vector<std::uint32_t>;

Numbers numbers_of(const container::PinRules& rules, drivers::PinPolicy policy) {
    const Bytes info = pin_info(rules, policy);
    EXPECT_EQ(info.size(), 36U);
    Numbers numbers;
    for (std::size_t at = 0; at + 4 <= info.size(); at += 4)
        numbers.push_back(info[at] | info[at + 1] << 8 | info[at + 2] << 16 |
                          static_cast<std::uint32_t>(info[at + 3]) << 24);
    return numbers;
}

TEST(PinInfo, of_9a_has_the_policy_in_force) {
    EXPECT_EQ(numbers_of({}, drivers::PinPolicy::Once), (Numbers{6, 0, 5, 2, 0, 6, 0, 0, 0}));
    EXPECT_EQ(
        numbers_of({PinCachePolicy::Timed, std::chrono::seconds(300)}, drivers::PinPolicy::Once),
        (Numbers{6, 0, 5, 2, 0, 6, 1, 300, 0}));
    EXPECT_EQ(numbers_of({PinCachePolicy::None, std::chrono::seconds(4)}, drivers::PinPolicy::Once),
              (Numbers{6, 0, 5, 2, 0, 6, 2, 0, 0}))
        << "seconds are Timed's";
}

TEST(PinInfo, of_9c_has_the_policy_in_force_since_a_given_pin_serves_it) {
    EXPECT_EQ(numbers_of({}, drivers::PinPolicy::Always), (Numbers{6, 0, 5, 2, 0, 6, 0, 0, 0}));
    EXPECT_EQ(
        numbers_of({PinCachePolicy::AlwaysPrompt, Duration::zero()}, drivers::PinPolicy::Always),
        (Numbers{6, 0, 5, 2, 0, 6, 3, 0, 0}));
}

TEST(PinInfo, of_9e_says_that_there_is_no_pin) {
    EXPECT_EQ(numbers_of({}, drivers::PinPolicy::Never), (Numbers{6, 3, 5, 2, 0, 6, 0, 0, 0}));
}

}  // namespace
}  // namespace cardmux::api

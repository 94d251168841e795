// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/clock.h"

#include <gtest/gtest.h>

namespace cardmux {
namespace {

using std::chrono::hours;

TEST(Clock, does_not_go_back) {
    TimePoint last = now();
    for (int i = 0; i < 1000; ++i) {
        const TimePoint current = now();
        ASSERT_GE(current, last);
        last = current;
    }
}

TEST(Clock, has_gone_on_by_as_much_as_was_slept) {
    const TimePoint before = now();
    sleep_for(std::chrono::milliseconds(5));
    EXPECT_GE(milliseconds(now() - before), 5.0);
    sleep_for(Duration(-1));
    sleep_until(before);
}

TEST(Clock, tells_the_time_of_day_in_this_century) {
    EXPECT_GT(wall_clock_seconds(), 1.7e9);
    EXPECT_LT(wall_clock_seconds(), 4.2e9);
}

TEST(Deadline, never_does_not_pass) {
    EXPECT_TRUE(Deadline::never().is_never());
    EXPECT_FALSE(Deadline::never().has_passed());
    EXPECT_FALSE(Deadline::never().when().has_value());
}

TEST(Deadline, passes_when_its_time_comes) {
    EXPECT_TRUE(Deadline::at(now()).has_passed());
    EXPECT_TRUE(Deadline::after(-hours(1)).has_passed());
    EXPECT_FALSE(Deadline::after(hours(1)).has_passed());
}

TEST(Deadline, takes_the_earlier_of_two) {
    const TimePoint early = now();
    const TimePoint late = early + hours(1);
    EXPECT_EQ(Deadline::at(early).or_at(late).when(), early);
    EXPECT_EQ(Deadline::at(late).or_at(early).when(), early);
    EXPECT_EQ(Deadline::never().or_at(late).when(), late);
}

}  // namespace
}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace cardmux {
namespace {

TEST(SystemRandom, fills_every_byte) {
    std::vector<bool> was_set(4096);
    for (int round = 0; round < 4; ++round) {
        std::vector<std::uint8_t> bytes(was_set.size());
        system_random().fill(bytes);
        for (std::size_t i = 0; i < bytes.size(); ++i) was_set[i] = was_set[i] || bytes[i] != 0;
    }
    // A byte stays zero four times with a probability of 2^-32; one of 4096 with 2^-20.
    EXPECT_TRUE(std::ranges::all_of(was_set, [](bool set) { return set; }));
}

TEST(SystemRandom, does_not_repeat_itself) {
    std::set<std::uint64_t> numbers;
    for (int i = 0; i < 1000; ++i) numbers.insert(system_random().next_u64());
    EXPECT_EQ(numbers.size(), 1000U);
}

TEST(SystemRandom, has_nothing_to_do_for_no_bytes) {
    system_random().fill({});
}

}  // namespace
}  // namespace cardmux

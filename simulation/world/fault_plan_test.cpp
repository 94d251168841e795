// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/fault_plan.h"

#include <gtest/gtest.h>

#include <set>

namespace cardmux::simulation {
namespace {

using Mode = FaultPlan::Mode;

TEST(FaultPlan, is_the_same_from_the_same_seed) {
    for (std::uint64_t seed = 1; seed < 50; ++seed) {
        FaultPlan first(seed, Mode::Swarm);
        FaultPlan again(seed, Mode::Swarm);
        EXPECT_EQ(first.kinds().text(), again.kinds().text());
        for (int i = 0; i < 200; ++i)
            EXPECT_EQ(first.draw(Place::TransmitAfter), again.draw(Place::TransmitAfter));
    }
}

TEST(FaultPlan, has_no_fault_in_one_seed_of_four_and_only_invisible_ones_in_others) {
    int calm = 0;
    int invisible = 0;
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        const FaultPlan plan(seed, Mode::Swarm);
        calm += plan.kinds().empty() ? 1 : 0;
        invisible += !plan.kinds().empty() && plan.kinds().is_invisible() ? 1 : 0;
    }
    EXPECT_GT(calm, 200);
    EXPECT_LT(calm, 400);
    EXPECT_GT(invisible, 150);
}

TEST(FaultPlan, draws_at_each_place_what_the_table_says_and_in_time_all_of_it) {
    for (std::size_t i = 0; i < place_count; ++i) {
        const auto place = static_cast<Place>(i);
        const auto& table = faults_at(place);
        const std::set<Fault> allowed(table.begin(), table.end());
        std::set<Fault> drawn;
        for (std::uint64_t seed = 1; seed < 400; ++seed) {
            FaultPlan plan(seed, Mode::Swarm);
            for (int n = 0; n < 300; ++n) {
                if (const auto fault = plan.draw(place)) drawn.insert(*fault);
            }
        }
        EXPECT_EQ(drawn, allowed) << "place " << i;
    }
}

TEST(FaultPlan, ends) {
    for (std::uint64_t seed = 1; seed < 50; ++seed) {
        FaultPlan plan(seed, Mode::Swarm);
        plan.end();
        for (int n = 0; n < 500; ++n) EXPECT_FALSE(plan.draw(Place::Begin).has_value());
    }
}

TEST(FaultPlan, sweeping_strikes_once_and_where_it_is_told_to) {
    for (std::uint64_t step = 1; step < 20; ++step) {
        FaultPlan plan(3, Mode::Sweep, step);
        if (plan.kinds().empty()) FAIL() << "choose another seed";
        std::uint64_t chances = 0;
        std::uint64_t strikes = 0;
        for (int n = 0; n < 100; ++n) {
            const bool struck = plan.draw(Place::TransmitBefore).has_value();
            ++chances;
            if (!struck) continue;
            ++strikes;
            EXPECT_EQ(chances, step);
        }
        EXPECT_LE(strikes, 1U);
    }
}

TEST(FaultPlan, lets_the_reader_hang_once_at_most) {
    for (std::uint64_t seed = 1; seed < 200; ++seed) {
        FaultPlan plan(seed, Mode::Swarm);
        int hangs = 0;
        for (int n = 0; n < 2000; ++n)
            hangs += plan.draw(Place::TransmitBefore) == Fault::Hang ? 1 : 0;
        EXPECT_LE(hangs, 1);
    }
}

}  // namespace
}  // namespace cardmux::simulation

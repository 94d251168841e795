// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Each invariant can fail: the machine that ships, broken in one way for each, is explored, and the
// explorer has to find that one and show a way there.
#include <gtest/gtest.h>

#include <ostream>

#include "tests/explorer/exploration.h"

namespace cardmux::explorer {
namespace {

using namespace transaction;  // NOLINT(google-build-using-namespace): all of its events

template <class Specific>
const Specific* as(const Event& event) {
    return std::get_if<Specific>(&event);
}

// ---- one broken machine for each ----------------------------------------------------------------

Decisions grants_who_comes_at_once(CardMachine& machine, const Event& event, const World& before) {
    Decisions decided = machine.handle(event);
    const auto* request = as<Requested>(event);
    if (request != nullptr && before.running != 0) decided.emplace_back(Run{request->id});
    return decided;
}

Decisions does_not_begin(CardMachine& machine, const Event& event, const World&) {
    Decisions decided;
    for (const Decision& decision : machine.handle(event)) {
        if (!std::holds_alternative<Begin>(decision)) {
            decided.push_back(decision);
            continue;
        }
        for (const Decision& next : machine.handle(Begun{})) decided.push_back(next);
    }
    return decided;
}

Decisions takes_all_for_one_client(CardMachine& machine, const Event& event, const World&) {
    const auto* request = as<Requested>(event);
    if (request == nullptr) return machine.handle(event);
    return machine.handle(Requested{request->id, client_id(1), request->service_class});
}

Decisions puts_the_last_first(CardMachine& machine, const Event& event, const World& before) {
    const auto* request = as<Requested>(event);
    if (request == nullptr) return machine.handle(event);
    const RequestId first = request_id(client_of(request->id), 0);
    const bool first_waits = (before.order.waiting() & bit_of(first)) != 0;
    if (first_waits) machine.handle(Withdrawn{first});
    Decisions decided = machine.handle(event);
    if (first_waits) machine.handle(Requested{first, request->client, request->service_class});
    return decided;
}

Decisions forgets_the_gap(CardMachine& machine, const Event& event, const World&) {
    const auto* fired = as<TimerFired>(event);
    if (fired != nullptr && fired->timer == Timer::Gap) return {};
    return machine.handle(event);
}

Decisions answers_twice(CardMachine& machine, const Event& event, const World&) {
    Decisions decided = machine.handle(event);
    if (as<Finished>(event) != nullptr && !decided.empty())
        decided.insert(decided.begin(), decided[0]);
    return decided;
}

Decisions holds_without_a_timer(CardMachine& machine, const Event& event, const World&) {
    Decisions decided = machine.handle(event);
    std::erase(decided, Decision(Arm{Timer::Hold}));
    return decided;
}

Decisions does_not_hear_others(CardMachine& machine, const Event& event, const World&) {
    return as<TurnWanted>(event) != nullptr ? Decisions{} : machine.handle(event);
}

Decisions goes_on_after_a_reset(CardMachine& machine, const Event& event, const World&) {
    const auto* finished = as<Finished>(event);
    const bool was_reset = finished != nullptr && finished->outcome == Outcome::LostFinal &&
                           finished->loss == ErrorCode::CardReset;
    return machine.handle(was_reset ? Finished{} : event);
}

Decisions keeps_who_gave_up(CardMachine& machine, const Event& event, const World&) {
    return as<Withdrawn>(event) != nullptr ? Decisions{} : machine.handle(event);
}

Decisions holds_for_ever(CardMachine& machine, const Event& event, const World&) {
    const auto* fired = as<TimerFired>(event);
    if (fired != nullptr && fired->timer == Timer::Hold) return {Arm{Timer::Hold}};
    return machine.handle(event);
}

Decisions works(CardMachine& machine, const Event& event, const World&) {
    return machine.handle(event);
}

// ---- what the explorer says of them -------------------------------------------------------------

struct Broken {
    Invariant invariant;
    Handle handle = works;
    unsigned interactive_run_max = small_settings.interactive_run_max;
};

constexpr std::array<Broken, invariant_count> all_broken{{
    {Invariant::OneGrant, grants_who_comes_at_once},
    {Invariant::NoApduWithoutGrant, does_not_begin},
    {Invariant::RoundRobin, takes_all_for_one_client},
    {Invariant::FirstComeFirstServed, puts_the_last_first},
    {Invariant::OvertakingBounded, works, 100},
    {Invariant::NoLostWakeUp, forgets_the_gap},
    {Invariant::AnsweredExactlyOnce, answers_twice},
    {Invariant::HoldsEnd, holds_without_a_timer},
    {Invariant::TurnsEnd, does_not_hear_others},
    {Invariant::AuthorityBeforeKeyUse, goes_on_after_a_reset},
    {Invariant::ReleasedNeverTouches, keeps_who_gave_up},
    {Invariant::WayBackToIdle, holds_for_ever},
}};

void PrintTo(const Broken& broken, std::ostream* out) {
    *out << name_of(broken.invariant);
}

/// Enough for every one of them, and little enough for all at once.
Model model_of(const Broken& broken) {
    Model model{{.at_once = 2, .faults = 1, .withdrawals = 1},
                small_settings,
                small_settings,
                broken.handle};
    model.settings.interactive_run_max = broken.interactive_run_max;
    return model;
}

class BrokenMachine : public testing::TestWithParam<Broken> {};

TEST_P(BrokenMachine, is_found_and_the_way_there_shown) {
    const Explored explored = explore(model_of(GetParam()), 1);
    ASSERT_TRUE(explored.violation.has_value());
    EXPECT_STREQ(name_of(explored.violation->invariant), name_of(GetParam().invariant));
    const std::string& way = explored.way;
    EXPECT_EQ(way.find("  Requested "), 0U) << way;
    EXPECT_NE(way.find(std::string("\n  ") + name_of(GetParam().invariant)), std::string::npos);
    EXPECT_EQ(way.find("missing"), std::string::npos) << way;
}

INSTANTIATE_TEST_SUITE_P(each, BrokenMachine, testing::ValuesIn(all_broken),
                         [](const auto& broken) { return name_of(broken.param.invariant); });

TEST(Explored, the_machine_that_ships_keeps_every_promise_where_the_broken_ones_fail) {
    Model model{{.clients = 2, .at_once = 2, .faults = 1, .withdrawals = 1},
                small_settings,
                small_settings};
    const Explored explored = explore(model, 2);
    EXPECT_FALSE(explored.violation.has_value()) << explored.way;
    EXPECT_GT(explored.worlds, 10000U);
    EXPECT_EQ(explored.worlds, explore(model, 1).worlds) << "the number of threads matters";
}

}  // namespace
}  // namespace cardmux::explorer

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "transaction/card_machine.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cardmux::transaction {
namespace {

constexpr auto interactive = ServiceClass::Interactive;
constexpr auto bulk = ServiceClass::Bulk;

/// A machine that is driven step by step, and what it decided since it was last asked.
class Driven {
  public:
    explicit Driven(MachineSettings settings = {}) : machine_(settings) {}

    Driven& operator<<(const Event& event) {
        for (const Decision& decision : machine_.handle(event)) decided_.push_back(decision);
        return *this;
    }

    /// The decisions since the last call, timers left out.
    std::vector<std::string> decided() {
        std::vector<std::string> texts;
        for (const Decision& decision : decided_) {
            const bool timer =
                std::holds_alternative<Arm>(decision) || std::holds_alternative<Disarm>(decision);
            if (!timer) texts.push_back(to_string(decision));
        }
        decided_.clear();
        return texts;
    }

    bool armed(Timer timer) const {
        return std::ranges::find(decided_, Decision(Arm{timer})) != decided_.end();
    }
    const CardMachine& machine() const { return machine_; }

  private:
    CardMachine machine_;
    Decisions decided_;
};

using Texts = std::vector<std::string>;

Driven& request(Driven& driven, RequestId id, ServiceClass service_class = interactive) {
    return driven << Requested{id, id, service_class};
}

/// A machine that runs request 1.
Driven operating(MachineSettings settings = {}, ServiceClass service_class = interactive) {
    Driven driven(settings);
    request(driven, 1, service_class) << TurnGained{} << Begun{};
    EXPECT_EQ(driven.machine().phase(), Phase::Operating);
    driven.decided();
    return driven;
}

/// A machine in the hold after request 1.
Driven holding(MachineSettings settings = {}) {
    Driven driven = operating(settings);
    driven << Finished{};
    EXPECT_EQ(driven.machine().phase(), Phase::Held);
    driven.decided();
    return driven;
}

TEST(CardMachine, takes_the_turn_begins_runs_and_answers) {
    Driven driven;
    request(driven, 1);
    EXPECT_EQ(driven.decided(), (Texts{"TakeTurn interactive"}));
    driven << TurnGained{};
    EXPECT_EQ(driven.decided(), (Texts{"Begin"}));
    driven << Begun{};
    EXPECT_EQ(driven.decided(), (Texts{"Run 1"}));
    driven << Finished{};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 1"}));
    EXPECT_EQ(driven.machine().phase(), Phase::Held);
}

TEST(CardMachine, runs_the_next_request_in_a_hold_without_a_new_transaction) {
    Driven driven = holding();
    request(driven, 2);
    EXPECT_EQ(driven.decided(), (Texts{"Run 2"}));
}

TEST(CardMachine, ends_the_hold_when_its_time_is_up_and_gives_the_turn) {
    Driven driven = holding();
    driven << TimerFired{Timer::Hold};
    EXPECT_EQ(driven.decided(), (Texts{"End"}));
    driven << Ended{};
    EXPECT_EQ(driven.decided(), (Texts{"GiveTurn"}));
    EXPECT_EQ(driven.machine().phase(), Phase::Idle);
}

TEST(CardMachine, ends_every_transaction_at_once_where_holds_are_off) {
    Driven driven = operating({.holds = false});
    driven << Finished{};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 1", "End"}));
}

TEST(CardMachine, grants_one_request_at_a_time) {
    Driven driven = operating();
    request(driven, 2);
    request(driven, 3);
    EXPECT_EQ(driven.decided(), Texts{});
    driven << Finished{};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 1", "Run 2"}));
}

TEST(CardMachine, ends_an_unused_hold_as_soon_as_another_process_waits) {
    Driven driven = holding();
    driven << TurnWanted{true, false};
    EXPECT_EQ(driven.decided(), (Texts{"End"}));
}

TEST(CardMachine, keeps_the_turn_for_a_quantum_of_operations_while_another_process_waits) {
    Driven driven = operating();
    for (RequestId id = 2; id <= 6; ++id) request(driven, id);
    driven << TimerFired{Timer::QuantumMinimum} << TurnWanted{true, false};
    driven << Finished{} << Finished{} << Finished{};
    EXPECT_EQ(driven.decided(),
              (Texts{"Answer 1", "Run 2", "Answer 2", "Run 3", "Answer 3", "Run 4"}));
    driven << Finished{};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 4", "End"}));
    driven << Ended{};
    EXPECT_EQ(driven.decided(), (Texts{"GiveTurn", "TakeTurn interactive"}));
}

TEST(CardMachine, keeps_the_turn_for_the_least_time_whatever_the_count) {
    Driven driven = operating();
    for (RequestId id = 2; id <= 9; ++id) request(driven, id);
    driven << TurnWanted{true, false};
    for (int i = 0; i < 6; ++i) driven << Finished{};
    EXPECT_EQ(driven.machine().phase(), Phase::Operating);
    driven << TimerFired{Timer::QuantumMinimum} << Finished{};
    EXPECT_EQ(driven.machine().phase(), Phase::Ending);
}

TEST(CardMachine, ends_a_bulk_turn_after_the_operation_when_an_interactive_process_waits) {
    Driven driven = operating({}, bulk);
    request(driven, 2, bulk);
    driven << TurnWanted{true, true} << Finished{};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 1", "End"}));
}

TEST(CardMachine, keeps_an_interactive_turn_when_an_interactive_process_waits) {
    Driven driven = operating();
    request(driven, 2);
    driven << TurnWanted{true, true} << Finished{};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 1", "Run 2"}));
}

TEST(CardMachine, leaves_a_gap_for_foreign_programs_and_keeps_the_turn_over_it) {
    Driven driven = operating();
    request(driven, 2);
    driven << TimerFired{Timer::TurnBound} << Finished{};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 1", "End"}));
    driven << Ended{};
    EXPECT_TRUE(driven.armed(Timer::Gap));
    EXPECT_EQ(driven.decided(), Texts{});
    EXPECT_EQ(driven.machine().phase(), Phase::Gap);
    driven << TimerFired{Timer::Gap};
    EXPECT_TRUE(driven.armed(Timer::TurnBound));
    EXPECT_EQ(driven.decided(), (Texts{"Begin"}));
}

TEST(CardMachine, leaves_the_gap_that_another_process_left_to_it) {
    Driven driven;
    request(driven, 1) << TurnGained{true};
    EXPECT_EQ(driven.machine().phase(), Phase::Gap);
}

TEST(CardMachine, leaves_no_gaps_when_greedy) {
    Driven driven({.gaps = false});
    request(driven, 1) << TurnGained{true};
    EXPECT_FALSE(driven.armed(Timer::TurnBound));
    EXPECT_EQ(driven.machine().phase(), Phase::Beginning);
}

TEST(CardMachine, takes_back_a_card_that_somebody_reset_and_runs_the_operation_again) {
    Driven driven = operating();
    request(driven, 2);
    driven << Finished{Outcome::LostRepeatable, ErrorCode::CardReset};
    EXPECT_EQ(driven.decided(), (Texts{"Reconnect"}));
    driven << Reconnected{};
    EXPECT_EQ(driven.decided(), (Texts{"Begin"}));
    driven << Begun{};
    EXPECT_EQ(driven.decided(), (Texts{"Run 1"}));
    driven << Finished{};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 1", "Run 2"}));
}

TEST(CardMachine, answers_an_operation_that_is_interrupted_too_often) {
    Driven driven = operating({.attempts_max = 3});
    for (int i = 0; i < 2; ++i) {
        driven << Finished{Outcome::LostRepeatable, ErrorCode::CardReset} << Reconnected{}
               << Begun{};
    }
    driven.decided();
    driven << Finished{Outcome::LostRepeatable, ErrorCode::CardReset};
    EXPECT_EQ(driven.decided().front(), "Answer 1 CardReset");
}

TEST(CardMachine, does_not_repeat_what_must_not_be_repeated) {
    Driven driven = operating();
    driven << Finished{Outcome::LostFinal, ErrorCode::CardReset};
    EXPECT_EQ(driven.decided().front(), "Answer 1");
    EXPECT_EQ(driven.machine().waiting_count(), 0U);
}

TEST(CardMachine, opens_a_removed_card_anew_once_and_then_answers_everybody) {
    Driven driven = operating();
    request(driven, 2);
    driven << Finished{Outcome::LostRepeatable, ErrorCode::CardRemoved};
    EXPECT_EQ(driven.decided(), (Texts{"Disconnect", "Begin"}));
    driven << BeginFailed{ErrorCode::CardAbsent, false};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 1 CardAbsent", "Answer 2 CardAbsent", "GiveTurn"}));
    EXPECT_EQ(driven.machine().phase(), Phase::Idle);
}

TEST(CardMachine, rides_through_a_removal_when_told_to) {
    Driven driven = operating({.rides_through = true});
    driven << Finished{Outcome::LostRepeatable, ErrorCode::CardRemoved};
    driven << BeginFailed{ErrorCode::CardAbsent, false};
    EXPECT_TRUE(driven.armed(Timer::RideThrough));
    EXPECT_EQ(driven.decided(), (Texts{"Disconnect", "Begin", "GiveTurn"}));
    EXPECT_EQ(driven.machine().phase(), Phase::Away);
    driven << CardArrived{};
    EXPECT_EQ(driven.decided(), (Texts{"TakeTurn interactive"}));
    driven << TurnGained{} << Begun{};
    EXPECT_EQ(driven.decided(), (Texts{"Begin", "Run 1"}));
}

TEST(CardMachine, lets_each_caller_ride_through_for_a_whole_period) {
    Driven driven({.rides_through = true});
    request(driven, 1) << TurnGained{} << BeginFailed{ErrorCode::CardAbsent, false};
    request(driven, 2);
    driven.decided();
    driven << TimerFired{Timer::RideThrough};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 1 CardAbsent"}));
    driven << TimerFired{Timer::RideThrough};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 2 CardAbsent"}));
    EXPECT_EQ(driven.machine().phase(), Phase::Idle);
}

TEST(CardMachine, tries_a_bounded_number_of_times_while_the_card_is_used_exclusively) {
    Driven driven({.recoveries_max = 100, .busy_retries_max = 3});
    request(driven, 1);
    for (int i = 0; i < 3; ++i) {
        driven << TurnGained{} << BeginFailed{ErrorCode::CardBusy, false};
        EXPECT_EQ(driven.machine().phase(), Phase::Away);
        driven << TimerFired{Timer::Retry};
    }
    driven.decided();
    driven << TurnGained{} << BeginFailed{ErrorCode::CardBusy, false};
    EXPECT_EQ(driven.decided(), (Texts{"Begin", "Answer 1 CardBusy", "GiveTurn"}));
}

TEST(CardMachine, does_not_reconnect_without_end) {
    Driven driven({.attempts_max = 1000, .recoveries_max = 5});
    request(driven, 1) << TurnGained{};
    int reconnects = 0;
    for (int i = 0; i < 100 && driven.machine().phase() != Phase::Idle; ++i) {
        if (driven.machine().phase() == Phase::Reconnecting) {
            ++reconnects;
            driven << Reconnected{};
        } else {
            driven << BeginFailed{ErrorCode::CardReset, true};
        }
    }
    EXPECT_EQ(driven.machine().phase(), Phase::Idle);
    EXPECT_EQ(reconnects, 5);
}

TEST(CardMachine, unpowers_an_unresponsive_card_once_then_reopens) {
    Driven driven = operating();
    driven << Finished{Outcome::LostRepeatable, ErrorCode::CardUnresponsive};
    EXPECT_EQ(driven.decided(), (Texts{"Reconnect (power off)"}));
    driven << Reconnected{} << BeginFailed{ErrorCode::CardUnresponsive, true};
    EXPECT_EQ(driven.decided(), (Texts{"Begin", "Disconnect", "Begin"}));
    driven << BeginFailed{ErrorCode::CardUnresponsive, false};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 1 CardUnresponsive", "GiveTurn"}));
}

TEST(CardMachine, reopens_a_card_that_cannot_be_unpowered) {
    Driven driven = operating();
    driven << Finished{Outcome::LostRepeatable, ErrorCode::CardUnresponsive}
           << ReconnectFailed{ErrorCode::CardUnresponsive};
    EXPECT_EQ(driven.decided(), (Texts{"Reconnect (power off)", "Disconnect", "Begin"}));
}

TEST(CardMachine, unpowers_again_for_those_who_come_after_everybody_was_answered) {
    Driven driven = operating();
    driven << Finished{Outcome::LostRepeatable, ErrorCode::CardUnresponsive} << Reconnected{}
           << BeginFailed{ErrorCode::CardUnresponsive, true}
           << BeginFailed{ErrorCode::CardUnresponsive, false};
    EXPECT_EQ(driven.machine().phase(), Phase::Idle);
    request(driven, 2) << TurnGained{};
    driven.decided();
    driven << BeginFailed{ErrorCode::CardUnresponsive, true};
    EXPECT_EQ(driven.decided(), (Texts{"Reconnect (power off)"}));
}

TEST(CardMachine, counts_recoveries_of_those_who_wait_and_not_of_those_before_them) {
    Driven driven({.recoveries_max = 2});
    for (RequestId id = 1; id <= 2; ++id) {
        request(driven, id) << TurnGained{} << BeginFailed{ErrorCode::CardAbsent, false};
        EXPECT_EQ(driven.machine().phase(), Phase::Idle);
    }
    request(driven, 3) << TurnGained{};
    driven.decided();
    driven << BeginFailed{ErrorCode::CardReset, true};
    EXPECT_EQ(driven.decided(), (Texts{"Reconnect"}));
}

TEST(CardMachine, needs_no_release_of_what_was_lost_with_the_card) {
    Driven driven = operating();
    driven << ReleaseAsked{} << Finished{Outcome::LostRepeatable, ErrorCode::CardReset}
           << Reconnected{} << Begun{};
    EXPECT_EQ(driven.decided(), (Texts{"Reconnect", "Begin", "Run 1"}));
}

TEST(CardMachine, takes_a_card_back_for_nobody) {
    for (const bool taken : {true, false}) {
        for (const bool stopped : {true, false}) {
            Driven driven = operating();
            driven << Finished{Outcome::LostRepeatable, ErrorCode::CardReset};
            driven << (stopped ? Event(StopAsked{}) : Event(Withdrawn{1}));
            driven.decided();
            driven << (taken ? Event(Reconnected{}) : Event(ReconnectFailed{ErrorCode::CardReset}));
            const bool stays_connected = taken && !stopped;
            EXPECT_EQ(driven.decided(),
                      stays_connected ? Texts{"GiveTurn"} : (Texts{"Disconnect", "GiveTurn"}));
            EXPECT_EQ(driven.machine().phase(), stopped ? Phase::Stopped : Phase::Idle);
        }
    }
}

TEST(CardMachine, turns_nobody_away_as_overdue_once_the_card_is_back) {
    Driven driven({.rides_through = true});
    request(driven, 1);
    request(driven, 2) << TurnGained{} << BeginFailed{ErrorCode::CardAbsent, false} << CardArrived{}
                       << TurnGained{} << Begun{};
    driven.decided();
    driven << TimerFired{Timer::RideThrough};
    EXPECT_TRUE(driven.armed(Timer::RideThrough));
    EXPECT_EQ(driven.decided(), Texts{});
    driven << Finished{};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 1", "Run 2"}));
}

TEST(CardMachine, reopens_a_card_whose_answer_was_lost_to_us_alone) {
    Driven driven = operating();
    request(driven, 2);
    driven << Finished{Outcome::LostFinal, ErrorCode::OutOfMemory};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 1", "Disconnect", "Begin"}));
}

TEST(CardMachine, forgets_a_withdrawn_request) {
    Driven driven = operating();
    request(driven, 2);
    driven << Withdrawn{2} << Finished{};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 1"}));
    EXPECT_EQ(driven.machine().phase(), Phase::Held);
}

TEST(CardMachine, does_not_repeat_an_operation_whose_caller_has_gone) {
    Driven driven = operating();
    driven << Withdrawn{1} << Finished{Outcome::LostRepeatable, ErrorCode::CardReset};
    EXPECT_EQ(driven.decided(), (Texts{"Disconnect", "GiveTurn"}));
}

TEST(CardMachine, gives_a_turn_back_that_nobody_needs_any_more) {
    Driven driven;
    request(driven, 1) << Withdrawn{1};
    driven.decided();
    driven << TurnGained{};
    EXPECT_EQ(driven.decided(), (Texts{"GiveTurn"}));
}

TEST(CardMachine, disconnects_an_unused_card_in_a_turn_of_its_own) {
    Driven driven = holding();
    driven << TimerFired{Timer::Hold} << Ended{};
    EXPECT_TRUE(driven.armed(Timer::Idle));
    driven.decided();
    driven << TimerFired{Timer::Idle} << TurnGained{};
    EXPECT_EQ(driven.decided(), (Texts{"TakeTurn bulk", "Disconnect", "GiveTurn"}));
    EXPECT_FALSE(driven.machine().is_connected());
}

TEST(CardMachine, takes_authority_away_after_the_operation_in_progress_when_asked) {
    Driven driven = operating();
    request(driven, 2);
    driven << ReleaseAsked{} << Finished{};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 1", "End"}));
    driven << Ended{};
    EXPECT_EQ(driven.decided(), (Texts{"GiveTurn", "TakeTurn interactive"}));
}

TEST(CardMachine, lets_go_of_a_card_that_left_during_a_hold) {
    Driven driven = holding();
    driven << CardLeft{};
    EXPECT_EQ(driven.decided(), (Texts{"Disconnect", "GiveTurn"}));
}

TEST(CardMachine, stops_after_the_operation_in_progress_and_answers_the_rest) {
    Driven driven = operating();
    request(driven, 2);
    driven << StopAsked{};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 2 ShuttingDown"}));
    driven << Finished{};
    EXPECT_EQ(driven.decided(), (Texts{"Answer 1", "End"}));
    driven << Ended{};
    EXPECT_EQ(driven.decided(), (Texts{"Disconnect", "GiveTurn"}));
    EXPECT_EQ(driven.machine().phase(), Phase::Stopped);
    request(driven, 3);
    EXPECT_EQ(driven.decided(), (Texts{"Answer 3 ShuttingDown"}));
}

TEST(CardMachine, can_be_stopped_in_every_phase) {
    for (Driven driven : {Driven(), operating(), holding()}) {
        driven << StopAsked{};
        if (driven.machine().phase() == Phase::Operating) driven << Finished{};
        if (driven.machine().phase() == Phase::Ending) driven << Ended{};
        EXPECT_EQ(driven.machine().phase(), Phase::Stopped);
    }
    Driven waiting;
    request(waiting, 1) << StopAsked{} << TurnGained{};
    EXPECT_EQ(waiting.machine().phase(), Phase::Stopped);
    Driven beginning;
    request(beginning, 1) << TurnGained{} << StopAsked{} << Begun{} << Ended{};
    EXPECT_EQ(beginning.machine().phase(), Phase::Stopped);
}

TEST(CardMachine, is_a_value_that_can_be_copied_and_compared) {
    const Driven driven = operating();
    CardMachine copy = driven.machine();
    EXPECT_EQ(copy, driven.machine());
    (void)copy.handle(Finished{});
    EXPECT_FALSE(copy == driven.machine());
}

}  // namespace
}  // namespace cardmux::transaction

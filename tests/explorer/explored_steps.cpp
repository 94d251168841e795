// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Which events can come now. A fault is noticed where it makes itself felt, at the answer to a
// step: until then nobody could tell whether it happened. A card that is out stays out for nothing.
#include <array>
#include <bit>

#include "tests/explorer/explored_world.h"

namespace cardmux::explorer {

using namespace transaction;  // NOLINT(google-build-using-namespace): all of its events

namespace {

/// Of the codes that the machine treats alike, one (codes_alike_test.cpp).
constexpr ErrorCode gone = ErrorCode::CardAbsent;
constexpr ErrorCode refused = ErrorCode::AccessDenied;

void add_callers(const World& world, const Bounds& bounds, std::vector<Step>& steps) {
    for (unsigned client = 1; client <= bounds.clients; ++client) {
        const unsigned asked = world.asked.at(client);
        const Requests open = world.open & requests_of(client);
        if (asked >= bounds.operations) continue;
        if (static_cast<unsigned>(std::popcount(open)) >= bounds.at_once) continue;
        steps.push_back(
            {Requested{request_id(client, asked), client_id(client), class_of(client, bounds)}});
    }
    if (world.withdrawals != 0) {
        for (Requests rest = world.open; rest != 0; rest &= rest - 1) {
            steps.push_back({Withdrawn{static_cast<RequestId>(std::countr_zero(rest))}});
        }
    }
    if (world.logouts != 0) steps.push_back({ReleaseAsked{}});
    if (world.stops != 0) steps.push_back({StopAsked{}});
}

void add_begin_replies(const World& world, std::vector<Step>& steps) {
    steps.push_back({Begun{}});
    if (world.card_out) {
        steps.push_back({BeginFailed{gone, false}});
        if (world.machine.is_connected()) steps.push_back({BeginFailed{gone, true}});
    }
    if (world.faults == 0) return;
    for (const bool connected : {false, true}) {
        steps.push_back({BeginFailed{ErrorCode::CardUnresponsive, connected}, Strike::Passing});
        steps.push_back({BeginFailed{refused, connected}, Strike::Passing});
        if (!world.card_out) steps.push_back({BeginFailed{gone, connected}, Strike::Removal});
    }
    steps.push_back({BeginFailed{ErrorCode::CardReset, true}, Strike::Passing});
    steps.push_back({BeginFailed{ErrorCode::CardBusy, false}, Strike::Passing});
}

/// At the end of an operation the shell looks who waits in other processes.
void add_finished(const World& world, Finished event, Strike strike, std::vector<Step>& steps) {
    steps.push_back({event, strike, world.wanted});
    if (world.wanted != Wanted::ByNobody) steps.push_back({event, strike, Wanted::ByNobody});
    if (world.wishes == 0) return;
    for (const Wanted wanted : {Wanted::ByBulk, Wanted::ByInteractive}) {
        if (wanted > world.wanted) steps.push_back({event, strike, wanted});
    }
}

void add_run_replies(const World& world, std::vector<Step>& steps) {
    constexpr std::array outcomes{Outcome::LostRepeatable, Outcome::LostFinal};
    const bool left_meanwhile = !world.card_grants;
    if (left_meanwhile) {
        for (const Outcome outcome : outcomes) {
            add_finished(world, Finished{outcome, gone}, Strike::None, steps);
        }
        return;
    }
    add_finished(world, Finished{}, Strike::None, steps);
    if (world.faults == 0) return;
    for (const Outcome outcome : outcomes) {
        for (const ErrorCode loss : {ErrorCode::CardReset, ErrorCode::CardUnresponsive}) {
            add_finished(world, Finished{outcome, loss}, Strike::Passing, steps);
        }
        add_finished(world, Finished{outcome, gone}, Strike::Removal, steps);
    }
    add_finished(world, Finished{Outcome::LostFinal, refused}, Strike::Passing, steps);
}

void add_reconnect_replies(const World& world, std::vector<Step>& steps) {
    steps.push_back({Reconnected{}});
    if (world.card_out) steps.push_back({ReconnectFailed{gone}});
    if (world.faults == 0) return;
    if (!world.card_out) steps.push_back({ReconnectFailed{gone}, Strike::Removal});
    steps.push_back({ReconnectFailed{ErrorCode::CardUnresponsive}, Strike::Passing});
}

void add_replies(const World& world, const Model& model, std::vector<Step>& steps) {
    switch (world.under_way) {
        case UnderWay::TakeTurn:
            steps.push_back({TurnGained{false}});
            if (model.settings.gaps) steps.push_back({TurnGained{true}});
            break;
        case UnderWay::Begin:
            add_begin_replies(world, steps);
            break;
        case UnderWay::Run:
            add_run_replies(world, steps);
            break;
        case UnderWay::End:
            steps.push_back({Ended{}});
            break;
        case UnderWay::Reconnect:
            add_reconnect_replies(world, steps);
            break;
        case UnderWay::Nothing:
            break;
    }
}

/// What other processes and the reader's monitor say by themselves.
void add_news(const World& world, std::vector<Step>& steps) {
    const bool is_hold = world.transaction_open && world.under_way == UnderWay::Nothing;
    if (is_hold && world.wishes != 0) {
        steps.push_back({TurnWanted{true, false}, Strike::None, Wanted::ByBulk});
        steps.push_back({TurnWanted{true, true}, Strike::None, Wanted::ByInteractive});
    }
    if (world.faults != 0 && !world.card_out) steps.push_back({CardLeft{}, Strike::Removal});
    if (world.leaving_due) steps.push_back({CardLeft{}});
    if (world.card_out || world.arrival_due) steps.push_back({CardArrived{}});
}

}  // namespace

void steps_of(const World& world, const Model& model, std::vector<Step>& steps) {
    steps.clear();
    add_callers(world, model.bounds, steps);
    add_replies(world, model, steps);
    for (std::size_t i = 0; i < timer_count; ++i) {
        const auto timer = static_cast<Timer>(i);
        if (world.is_armed(timer)) steps.push_back({TimerFired{timer}});
    }
    add_news(world, steps);
}

std::string to_string(const Step& step) {
    std::string text = transaction::to_string(step.event);
    if (step.strike == Strike::Passing) text += "   <- a fault";
    if (step.strike == Strike::Removal) text += "   <- a fault: the card is out";
    if (std::holds_alternative<Finished>(step.event) && step.wanted != Wanted::ByNobody) {
        text += step.wanted == Wanted::ByBulk ? "   (another process waits)"
                                              : "   (another process waits, interactive)";
    }
    return text;
}

}  // namespace cardmux::explorer

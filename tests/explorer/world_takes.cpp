// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the world learns of an event and of the decisions about it, and where a promise is broken.
// It keeps its own account of turn, transaction, card and callers, and asks the machine only what
// phase it is in and how many wait.
#include <bit>

#include "tests/explorer/explored_world.h"

namespace cardmux::explorer {

using namespace transaction;  // NOLINT(google-build-using-namespace): all of its events

namespace {

using Found = std::optional<Violation>;

constexpr std::uint8_t bit(Timer timer) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(timer));
}

/// The card, or the way to it, was lost: what it granted is gone.
void lose_card(World& world, bool gone) {
    world.card_grants = false;
    world.logout_due = false;
    if (gone) world.transaction_open = false;
}

/// The card, or another one, turned out to be there: the notice of it may come late.
void come_back(World& world) {
    world.arrival_due = world.arrival_due || world.card_out;
    world.card_out = false;
}

/// CardLink says farewell, ends the transaction, and counts the epoch on.
void end_transaction(World& world) {
    world.transaction_open = world.card_grants = world.token_is_sure = world.logout_due = false;
}

// ---- events -------------------------------------------------------------------------------------

struct Happens {
    World& world;
    const Step& step;

    void operator()(const Requested& e) const {
        const unsigned client = client_of(e.id);
        ++world.asked.at(client);
        world.open |= bit_of(e.id);
        world.order.joins(e.id, e.service_class);
    }
    void operator()(const Withdrawn& e) const {
        --world.withdrawals;
        world.open &= ~bit_of(e.id);
        if ((world.order.waiting() & bit_of(e.id)) != 0) world.order.leaves(e.id);
    }
    void operator()(const TurnGained&) const {
        world.turn_held = true;
        world.turn_operations = 0;
        world.quantum_passed = world.bound_passed = false;
    }
    void operator()(const Begun&) const {
        world.transaction_open = true;
        world.token_is_sure = false;
        come_back(world);
    }
    void operator()(const BeginFailed&) const { lose_card(world, true); }
    void operator()(const Finished& e) const {
        if (step.wanted > world.wanted) --world.wishes;
        world.wanted = step.wanted;
        if (e.outcome != Outcome::Done) lose_card(world, e.loss != ErrorCode::CardReset);
        if (e.outcome != Outcome::LostRepeatable) {
            ++world.turn_operations;
            return;
        }
        const RequestId id = world.running;
        world.running = 0;
        if ((world.open & bit_of(id)) != 0) world.order.returns(id);
    }
    void operator()(const Ended&) const {
        end_transaction(world);
        world.bound_passed = false;
    }
    void operator()(const Reconnected&) const { come_back(world); }
    void operator()(const ReconnectFailed&) const { lose_card(world, true); }
    void operator()(const TurnWanted&) const {
        --world.wishes;
        world.wanted = step.wanted;
    }
    void operator()(const ReleaseAsked&) const {
        --world.logouts;
        const bool begins = world.under_way == UnderWay::Begin;
        const bool ends = world.under_way == UnderWay::End;
        world.logout_due = begins || (world.transaction_open && !ends);
    }
    void operator()(const TimerFired& e) const {
        world.armed &= static_cast<std::uint8_t>(~bit(e.timer));
        if (e.timer == Timer::QuantumMinimum) world.quantum_passed = true;
        if (e.timer == Timer::TurnBound) world.bound_passed = true;
        if (e.timer == Timer::Gap) world.bound_passed = false;
    }
    void operator()(const CardArrived&) const { world.card_out = world.arrival_due = false; }
    void operator()(const CardLeft&) const {
        world.leaving_due = false;
        if (step.strike == Strike::Removal) lose_card(world, world.under_way == UnderWay::Nothing);
    }
    void operator()(const StopAsked&) const {
        --world.stops;
        world.stopping = true;
    }
};

bool is_reply(const Event& event) {
    return std::holds_alternative<TurnGained>(event) || std::holds_alternative<Begun>(event) ||
           std::holds_alternative<BeginFailed>(event) || std::holds_alternative<Finished>(event) ||
           std::holds_alternative<Ended>(event) || std::holds_alternative<Reconnected>(event) ||
           std::holds_alternative<ReconnectFailed>(event);
}

void happen(World& world, const Step& step) {
    if (step.strike != Strike::None) --world.faults;
    if (step.strike == Strike::Removal) {
        world.card_out = world.leaving_due = true;
    }
    if (is_reply(step.event)) world.under_way = UnderWay::Nothing;
    std::visit(Happens{world, step}, step.event);
}

// ---- decisions ----------------------------------------------------------------------------------

struct Decides {
    World& world;
    const Model& model;

    Found starts(UnderWay what) const {
        if (world.under_way != UnderWay::Nothing) {
            return Violation{Invariant::OneGrant, "two things are under way"};
        }
        world.under_way = what;
        if (world.turn_held || what == UnderWay::TakeTurn) return {};
        return Violation{Invariant::NoApduWithoutGrant, "uses the card without the turn"};
    }
    Found operator()(const TakeTurn&) const {
        if (world.turn_held) return Violation{Invariant::TurnsEnd, "asks for the turn it has"};
        return starts(UnderWay::TakeTurn);
    }
    Found operator()(const Begin&) const {
        if (world.transaction_open) {
            return Violation{Invariant::NoApduWithoutGrant, "begins in a transaction"};
        }
        if (world.order.waiting() == 0) {
            return Violation{Invariant::ReleasedNeverTouches, "begins for nobody"};
        }
        return starts(UnderWay::Begin);
    }
    Found operator()(const Run& decision) const;
    Found operator()(const End&) const {
        if (!world.transaction_open) {
            return Violation{Invariant::NoApduWithoutGrant, "ends what is not begun"};
        }
        world.logout_due = false;
        return starts(UnderWay::End);
    }
    Found operator()(const Reconnect&) const {
        end_transaction(world);
        return starts(UnderWay::Reconnect);
    }
    Found operator()(const Disconnect&) const {
        if (world.under_way != UnderWay::Nothing) {
            return Violation{Invariant::OneGrant, "disconnects under an operation"};
        }
        end_transaction(world);
        return {};
    }
    Found operator()(const GiveTurn&) const {
        if (!world.turn_held) return Violation{Invariant::TurnsEnd, "gives a turn it has not"};
        if (world.under_way != UnderWay::Nothing || world.transaction_open) {
            return Violation{Invariant::TurnsEnd, "gives the turn inside a transaction"};
        }
        world.turn_held = world.bound_passed = false;
        world.wanted = Wanted::ByNobody;
        return {};
    }
    Found operator()(const Answer& decision) const {
        const RequestId id = decision.id;
        const bool is_open = (world.open & bit_of(id)) != 0;
        if (!is_open && world.running != id) {
            return Violation{Invariant::AnsweredExactlyOnce, "answers twice"};
        }
        world.open &= ~bit_of(id);
        if (world.running == id) {
            world.running = 0;
        } else {
            world.order.leaves(id);
        }
        return {};
    }
    Found operator()(const Arm& decision) const {
        world.armed |= bit(decision.timer);
        return {};
    }
    Found operator()(const Disarm& decision) const {
        world.armed &= static_cast<std::uint8_t>(~bit(decision.timer));
        return {};
    }

    Found goes_on_too_long() const;
};

/// Whether others have to have the card before one more operation of ours.
Found Decides::goes_on_too_long() const {
    if (world.bound_passed && model.promised.gaps) {
        return Violation{Invariant::TurnsEnd, "goes on when foreign programs must get in"};
    }
    if (world.logout_due) return Violation{Invariant::HoldsEnd, "goes on though a logout waits"};
    if (world.stopping) return Violation{Invariant::TurnsEnd, "goes on though it has to stop"};
    if (world.wanted == Wanted::ByNobody) return {};
    const RequestId front = world.order.front();
    const bool front_is_bulk =
        front != 0 && class_of(client_of(front), model.bounds) == ServiceClass::Bulk;
    const bool can_wait = world.order.only_bulk(front_is_bulk) && world.turn_operations > 0;
    if (world.wanted == Wanted::ByInteractive && can_wait) {
        return Violation{Invariant::TurnsEnd, "bulk goes on though an interactive process waits"};
    }
    if (world.quantum_passed && world.turn_operations >= model.promised.quantum_operations) {
        return Violation{Invariant::TurnsEnd, "goes on beyond its quantum"};
    }
    return {};
}

Found Decides::operator()(const Run& decision) const {
    const RequestId id = decision.id;
    if (const Found found = starts(UnderWay::Run)) return found;
    if (!world.transaction_open) {
        return Violation{Invariant::NoApduWithoutGrant, "runs outside a transaction"};
    }
    if ((world.order.waiting() & bit_of(id)) == 0) {
        return Violation{Invariant::ReleasedNeverTouches, "runs what nobody waits for"};
    }
    if (const Found found = goes_on_too_long()) return found;
    const unsigned run_max = model.promised.interactive_run_max;
    const ServiceClass service_class = class_of(client_of(id), model.bounds);
    if (const Found found = world.order.granted(id, service_class, run_max)) return found;
    world.running = static_cast<std::uint8_t>(id);
    // The token: SELECT and VERIFY where the epoch is not the one it knows, then the key.
    if (!world.token_is_sure) world.token_is_sure = world.card_grants = true;
    if (world.card_grants) return {};
    return Violation{Invariant::AuthorityBeforeKeyUse, "the key is used, and the card forgot us"};
}

// ---- the world between two events ---------------------------------------------------------------

Found fault_in_callers(const World& world) {
    const Requests running = world.running == 0 ? 0 : bit_of(world.running);
    const Requests waiting = world.open & ~running;
    if ((world.under_way == UnderWay::Run) != (world.running != 0)) {
        return Violation{Invariant::AnsweredExactlyOnce, "an operation ended without its answer"};
    }
    const auto waiting_count = static_cast<std::size_t>(std::popcount(waiting));
    if (world.machine.waiting_count() > waiting_count) {
        return Violation{Invariant::ReleasedNeverTouches, "who gave up keeps a place"};
    }
    if (waiting != world.order.waiting() || world.machine.waiting_count() < waiting_count) {
        return Violation{Invariant::AnsweredExactlyOnce, "neither queued nor run nor answered"};
    }
    const bool goes_on = world.under_way != UnderWay::Nothing || world.is_armed(Timer::Retry) ||
                         world.is_armed(Timer::Gap);
    if (waiting != 0 && !goes_on)
        return Violation{Invariant::NoLostWakeUp, "who waits is forgotten"};
    return {};
}

Found fault_in_hold(const World& world, const Model& model) {
    if (!world.is_armed(Timer::Hold)) return Violation{Invariant::HoldsEnd, "no timer ends it"};
    if (model.promised.gaps && !world.is_armed(Timer::TurnBound)) {
        return Violation{Invariant::TurnsEnd, "no timer leaves a gap for foreign programs"};
    }
    if (world.order.waiting() != 0) {
        return Violation{Invariant::NoLostWakeUp, "the card is held and somebody waits for it"};
    }
    if (world.logout_due || world.stopping || !model.promised.holds) {
        return Violation{Invariant::HoldsEnd, "the card is held though it has to be let go"};
    }
    if (world.wanted == Wanted::ByNobody) return {};
    return Violation{Invariant::TurnsEnd, "the card is held though another process waits"};
}

Found fault_at_rest(const World& world) {
    const bool idles = world.machine.phase() == Phase::Idle && world.machine.is_connected();
    if (world.armed != (idles ? bit(Timer::Idle) : 0)) {
        return Violation{Invariant::WayBackToIdle, "the timers at rest are wrong"};
    }
    if (world.machine.phase() == Phase::Stopped && world.machine.is_connected()) {
        return Violation{Invariant::WayBackToIdle, "stopped and connected"};
    }
    return {};
}

Found fault_in(const World& world, const Model& model) {
    if (const Found found = fault_in_callers(world)) return found;
    if (world.under_way != UnderWay::Nothing) return {};
    if (world.transaction_open) return fault_in_hold(world, model);
    if (world.turn_held && !world.is_armed(Timer::Gap)) {
        return Violation{Invariant::TurnsEnd, "the turn is kept for nothing"};
    }
    return world.at_rest() ? fault_at_rest(world) : Found{};
}

}  // namespace

std::optional<Violation> take(World& world, const Step& step, const Model& model,
                              Decisions& decided) {
    // With what it saw of other processes the shell ends an operation: both under one lock.
    if (std::holds_alternative<Finished>(step.event)) {
        const bool any = step.wanted != Wanted::ByNobody;
        const bool interactive = step.wanted == Wanted::ByInteractive;
        world.machine.handle(TurnWanted{any, interactive});
    }
    decided = model.handle(world.machine, step.event, world);
    happen(world, step);
    for (const Decision& decision : decided) {
        if (const Found found = std::visit(Decides{world, model}, decision)) return found;
    }
    return fault_in(world, model);
}

}  // namespace cardmux::explorer

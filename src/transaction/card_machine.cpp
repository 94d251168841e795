// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "transaction/card_machine.h"

namespace cardmux::transaction {

Decisions CardMachine::handle(const Event& event) {
    Decisions out;
    if (phase_ == Phase::Stopped) {
        if (const auto* request = std::get_if<Requested>(&event)) {
            out.emplace_back(Answer{request->id, ErrorCode::ShuttingDown});
        }
        return out;
    }
    std::visit([&](const auto& specific) { on(specific, out); }, event);
    return out;
}

// ---- requests -----------------------------------------------------------------------------------

void CardMachine::on(const Requested& event, Decisions& out) {
    if (stopping_) {
        out.emplace_back(Answer{event.id, ErrorCode::ShuttingDown});
        return;
    }
    queue_.add(event.id, event.client, event.service_class);
    if (phase_ == Phase::Idle) {
        ask_turn(out);
    } else if (phase_ == Phase::Held) {
        out.emplace_back(Disarm{Timer::Hold});
        continue_or_release(out);
    }
}

void CardMachine::on(const Withdrawn& event, Decisions& out) {
    attempts_.erase(event.id);
    overdue_.erase(event.id);
    if (running_ && running_->request.id == event.id) running_->withdrawn = true;
    if (!queue_.remove(event.id)) return;
    if (phase_ == Phase::Away && queue_.empty()) rest(out);
}

void CardMachine::on(const StopAsked&, Decisions& out) {
    stopping_ = true;
    answer_all(ErrorCode::ShuttingDown, out);
    if (phase_ == Phase::Idle || phase_ == Phase::Away || phase_ == Phase::Gap) rest(out);
    if (phase_ == Phase::Held) release(out);
}

// ---- the turn -----------------------------------------------------------------------------------

void CardMachine::ask_turn(Decisions& out) {
    out.emplace_back(Disarm{Timer::Idle});
    out.emplace_back(Disarm{Timer::Retry});
    phase_ = Phase::WaitingTurn;
    out.emplace_back(TakeTurn{queue_.empty() ? ServiceClass::Bulk : queue_.best_class()});
}

void CardMachine::on(const TurnGained& event, Decisions& out) {
    turn_held_ = true;
    turn_operations_ = 0;
    quantum_passed_ = false;
    wanted_ = wanted_by_interactive_ = false;
    if (stopping_ || queue_.empty()) {
        // Asked for only to let an unused card go, or everybody gave up meanwhile.
        disconnect(out);
        rest(out);
        return;
    }
    out.emplace_back(Arm{Timer::QuantumMinimum});
    if (event.gap_due && settings_.gaps) {
        phase_ = Phase::Gap;
        out.emplace_back(Arm{Timer::Gap});
        return;
    }
    if (settings_.gaps) out.emplace_back(Arm{Timer::TurnBound});
    begin(out);
}

void CardMachine::on(const TurnWanted& event, Decisions& out) {
    wanted_ = event.by_anybody;
    wanted_by_interactive_ = event.by_interactive;
    if (phase_ == Phase::Held && wanted_) release(out);
}

void CardMachine::begin(Decisions& out) {
    phase_ = Phase::Beginning;
    out.emplace_back(Begin{});
}

void CardMachine::on(const Begun&, Decisions& out) {
    connected_ = true;
    continue_or_release(out);
}

// ---- operations ---------------------------------------------------------------------------------

/// The transaction is open and nobody uses it: who is next, or is it time to give the card up?
void CardMachine::continue_or_release(Decisions& out) {
    const bool must_end = stopping_ || gap_due_ || release_asked_ || turn_is_over();
    if (must_end || (queue_.empty() && !settings_.holds)) {
        release(out);
    } else if (!queue_.empty()) {
        run_next(out);
    } else {
        phase_ = Phase::Held;
        out.emplace_back(Arm{Timer::Hold});
    }
}

bool CardMachine::turn_is_over() const {
    if (!wanted_) return false;
    if (queue_.empty()) return true;
    const bool ours_can_wait = queue_.best_class() == ServiceClass::Bulk && turn_operations_ > 0;
    if (wanted_by_interactive_ && ours_can_wait) return true;
    return quantum_passed_ && turn_operations_ >= settings_.quantum_operations;
}

void CardMachine::run_next(Decisions& out) {
    running_ = Running{queue_.take_next(), false};
    phase_ = Phase::Operating;
    out.emplace_back(Run{running_->request.id});
}

void CardMachine::on(const Finished& event, Decisions& out) {
    if (event.outcome == Outcome::LostRepeatable) {
        interrupted(event.loss, out);
        return;
    }
    out.emplace_back(Answer{running_->request.id, std::nullopt});
    attempts_.erase(running_->request.id);
    overdue_.erase(running_->request.id);
    running_.reset();
    ++turn_operations_;
    if (event.outcome == Outcome::LostFinal) {
        recover(event.loss, out);
        return;
    }
    forget_troubles(out);
    continue_or_release(out);
}

/// The card was lost under an operation that may run again: it keeps its place, a bounded number of
/// times.
void CardMachine::interrupted(ErrorCode loss, Decisions& out) {
    const Running interrupted = *running_;
    running_.reset();
    const RequestQueue::Granted& request = interrupted.request;
    if (!interrupted.withdrawn) {
        if (stopping_ || ++attempts_[request.id] >= settings_.attempts_max) {
            out.emplace_back(Answer{request.id, stopping_ ? ErrorCode::ShuttingDown : loss});
            attempts_.erase(request.id);
        } else {
            queue_.put_back(request.id, request.client, request.service_class);
        }
    }
    recover(loss, out);
}

// ---- the end of a transaction -------------------------------------------------------------------

void CardMachine::release(Decisions& out) {
    out.emplace_back(Disarm{Timer::Hold});
    release_asked_ = false;
    phase_ = Phase::Ending;
    out.emplace_back(End{});
}

void CardMachine::on(const Ended&, Decisions& out) {
    const bool leave_gap = gap_due_ && !stopping_ && !queue_.empty();
    gap_due_ = false;
    if (leave_gap) {
        phase_ = Phase::Gap;
        out.emplace_back(Arm{Timer::Gap});
        return;
    }
    rest(out);
}

void CardMachine::on(const ReleaseAsked&, Decisions& out) {
    if (phase_ == Phase::Held) {
        release(out);
    } else if (phase_ == Phase::Operating || phase_ == Phase::Beginning) {
        release_asked_ = true;
    }
}

/// No transaction is open: give the turn up, and ask for the next if somebody waits.
void CardMachine::rest(Decisions& out) {
    for (Timer timer : {Timer::TurnBound, Timer::QuantumMinimum, Timer::Gap, Timer::Retry}) {
        out.emplace_back(Disarm{timer});
    }
    gap_due_ = false;
    if (queue_.empty()) forget_troubles(out);
    if (stopping_) disconnect(out);
    if (turn_held_) out.emplace_back(GiveTurn{});
    turn_held_ = false;
    if (stopping_) {
        out.emplace_back(Disarm{Timer::Idle});
        phase_ = Phase::Stopped;
    } else if (!queue_.empty()) {
        ask_turn(out);
    } else {
        phase_ = Phase::Idle;
        if (connected_) out.emplace_back(Arm{Timer::Idle});
    }
}

/// Who comes next has the full number of tries, whatever those before met with.
void CardMachine::forget_troubles(Decisions& out) {
    recoveries_ = busy_retries_ = 0;
    unpower_tried_ = false;
    if (!riding_through_) return;
    riding_through_ = false;
    overdue_.clear();
    out.emplace_back(Disarm{Timer::RideThrough});
}

void CardMachine::disconnect(Decisions& out) {
    if (connected_) out.emplace_back(Disconnect{});
    connected_ = false;
}

// ---- timers -------------------------------------------------------------------------------------

void CardMachine::on(const TimerFired& event, Decisions& out) {
    switch (event.timer) {
        case Timer::Hold:
            if (phase_ == Phase::Held) release(out);
            break;
        case Timer::TurnBound:
            gap_due_ = true;
            if (phase_ == Phase::Held) release(out);
            break;
        case Timer::QuantumMinimum:
            quantum_passed_ = true;
            break;
        case Timer::Gap:
            if (phase_ != Phase::Gap) break;
            if (queue_.empty()) {
                rest(out);
            } else {
                out.emplace_back(Arm{Timer::TurnBound});
                begin(out);
            }
            break;
        case Timer::Retry:
            if (phase_ == Phase::Away) ask_turn(out);
            break;
        case Timer::RideThrough:
            answer_overdue(out);
            break;
        case Timer::Idle:
            if (phase_ == Phase::Idle && connected_) ask_turn(out);
            break;
    }
}

/// Each caller waits for at least one whole ride-through and at most two; but nobody is turned away
/// while the card is there.
void CardMachine::answer_overdue(Decisions& out) {
    if (phase_ == Phase::Operating || phase_ == Phase::Ending) {
        out.emplace_back(Arm{Timer::RideThrough});
        return;
    }
    for (RequestId id : overdue_) {
        if (!queue_.remove(id)) continue;
        attempts_.erase(id);
        out.emplace_back(Answer{id, away_code_});
    }
    overdue_.clear();
    for (RequestId id : queue_.all()) overdue_.insert(id);
    if (queue_.empty()) {
        riding_through_ = false;
        if (phase_ == Phase::Away) rest(out);
    } else {
        out.emplace_back(Arm{Timer::RideThrough});
    }
}

// ---- when the card is lost ----------------------------------------------------------------------

void CardMachine::on(const BeginFailed& event, Decisions& out) {
    connected_ = event.connected;
    recover(event.code, out);
}

void CardMachine::recover(ErrorCode loss, Decisions& out) {
    release_asked_ = false;  // with the card our authority is gone
    if (++recoveries_ > settings_.recoveries_max) {
        recoveries_ = 0;
        go_away(loss, out);
        return;
    }
    if (queue_.empty() || stopping_) {
        // Nobody needs the card now; the next one to come finds it as it is.
        disconnect(out);
        rest(out);
        return;
    }
    if (connected_ && loss == ErrorCode::CardReset) {
        phase_ = Phase::Reconnecting;
        out.emplace_back(Reconnect{false});
    } else if (connected_ && loss == ErrorCode::CardUnresponsive && !unpower_tried_) {
        unpower_tried_ = true;
        phase_ = Phase::Reconnecting;
        out.emplace_back(Reconnect{true});
    } else {
        reopen(loss, out);
    }
}

/// A connection that is dead is closed and opened once more: the card may be back already.
void CardMachine::reopen(ErrorCode loss, Decisions& out) {
    const bool was_connected = connected_;
    disconnect(out);
    if (was_connected) {
        begin(out);
    } else {
        go_away(loss, out);
    }
}

void CardMachine::on(const Reconnected&, Decisions& out) {
    if (queue_.empty()) {
        rest(out);
    } else {
        begin(out);
    }
}

void CardMachine::on(const ReconnectFailed& event, Decisions& out) {
    if (queue_.empty()) {
        disconnect(out);
        rest(out);
    } else {
        reopen(event.code, out);
    }
}

/// Card, reader or service is not there: callers wait for it if they want that, else get their
/// answer.
void CardMachine::go_away(ErrorCode loss, Decisions& out) {
    disconnect(out);
    away_code_ = loss;
    const bool is_busy =
        loss == ErrorCode::CardBusy && ++busy_retries_ <= settings_.busy_retries_max;
    const bool may_return = loss == ErrorCode::CardAbsent || loss == ErrorCode::CardRemoved ||
                            loss == ErrorCode::ReaderUnavailable ||
                            loss == ErrorCode::ServiceUnavailable ||
                            loss == ErrorCode::CardUnresponsive || loss == ErrorCode::CardReset;
    if (!is_busy && !(may_return && settings_.rides_through)) {
        busy_retries_ = 0;
        answer_all(loss, out);
    }
    if (queue_.empty()) {
        rest(out);
        return;
    }
    for (Timer timer : {Timer::TurnBound, Timer::QuantumMinimum}) out.emplace_back(Disarm{timer});
    if (turn_held_) out.emplace_back(GiveTurn{});
    turn_held_ = gap_due_ = false;
    phase_ = Phase::Away;
    out.emplace_back(Arm{Timer::Retry});
    if (!is_busy && !riding_through_) {
        riding_through_ = true;
        for (RequestId id : queue_.all()) overdue_.insert(id);
        out.emplace_back(Arm{Timer::RideThrough});
    }
}

void CardMachine::answer_all(ErrorCode code, Decisions& out) {
    for (RequestId id : queue_.all()) {
        queue_.remove(id);
        out.emplace_back(Answer{id, code});
    }
    attempts_.clear();
    overdue_.clear();
}

void CardMachine::on(const CardArrived&, Decisions& out) {
    if (phase_ == Phase::Away) ask_turn(out);
}

void CardMachine::on(const CardLeft&, Decisions& out) {
    // An operation in progress finds out by itself. A card that nobody uses is let go here.
    if (phase_ == Phase::Held) {
        out.emplace_back(Disarm{Timer::Hold});
        disconnect(out);
        rest(out);
    } else if (phase_ == Phase::Idle && connected_) {
        out.emplace_back(Disarm{Timer::Idle});
        disconnect(out);
    }
}

}  // namespace cardmux::transaction

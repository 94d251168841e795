// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "transaction/card_machine.h"

namespace cardmux::transaction {
namespace {

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

const char* name_of(ServiceClass service_class) {
    return service_class == ServiceClass::Interactive ? "interactive" : "bulk";
}

const char* name_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::Done:
            return "done";
        case Outcome::LostRepeatable:
            return "lost, may repeat";
        case Outcome::LostFinal:
            return "lost, final";
    }
    return "?";
}

struct EventText {
    std::string operator()(const Requested& e) const {
        return "Requested " + number(e.id) + " by " + number(e.client) + " " +
               name_of(e.service_class);
    }
    std::string operator()(const Withdrawn& e) const { return "Withdrawn " + number(e.id); }
    std::string operator()(const TurnGained& e) const {
        return e.gap_due ? "TurnGained (gap due)" : "TurnGained";
    }
    std::string operator()(const Begun&) const { return "Begun"; }
    std::string operator()(const BeginFailed& e) const {
        return std::string("BeginFailed ") + cardmux::name_of(e.code);
    }
    std::string operator()(const Finished& e) const {
        const std::string loss =
            e.outcome == Outcome::Done ? "" : std::string(": ") + cardmux::name_of(e.loss);
        return std::string("Finished ") + name_of(e.outcome) + loss;
    }
    std::string operator()(const Ended&) const { return "Ended"; }
    std::string operator()(const Reconnected&) const { return "Reconnected"; }
    std::string operator()(const ReconnectFailed& e) const {
        return std::string("ReconnectFailed ") + cardmux::name_of(e.code);
    }
    std::string operator()(const TurnWanted& e) const {
        if (!e.by_anybody) return "TurnWanted by nobody";
        return e.by_interactive ? "TurnWanted by interactive" : "TurnWanted";
    }
    std::string operator()(const ReleaseAsked&) const { return "ReleaseAsked"; }
    std::string operator()(const TimerFired& e) const {
        return std::string("TimerFired ") + transaction::name_of(e.timer);
    }
    std::string operator()(const CardArrived&) const { return "CardArrived"; }
    std::string operator()(const CardLeft&) const { return "CardLeft"; }
    std::string operator()(const StopAsked&) const { return "StopAsked"; }
};

struct DecisionText {
    std::string operator()(const TakeTurn& d) const {
        return std::string("TakeTurn ") + name_of(d.service_class);
    }
    std::string operator()(const GiveTurn&) const { return "GiveTurn"; }
    std::string operator()(const Begin&) const { return "Begin"; }
    std::string operator()(const Run& d) const { return "Run " + number(d.id); }
    std::string operator()(const End&) const { return "End"; }
    std::string operator()(const Reconnect& d) const {
        return d.unpower ? "Reconnect (power off)" : "Reconnect";
    }
    std::string operator()(const Disconnect&) const { return "Disconnect"; }
    std::string operator()(const Answer& d) const {
        return "Answer " + number(d.id) +
               (d.code ? std::string(" ") + cardmux::name_of(*d.code) : "");
    }
    std::string operator()(const Arm& d) const {
        return std::string("Arm ") + transaction::name_of(d.timer);
    }
    std::string operator()(const Disarm& d) const {
        return std::string("Disarm ") + transaction::name_of(d.timer);
    }
};

}  // namespace

const char* name_of(Phase phase) {
    switch (phase) {
        case Phase::Idle:
            return "Idle";
        case Phase::WaitingTurn:
            return "WaitingTurn";
        case Phase::Gap:
            return "Gap";
        case Phase::Beginning:
            return "Beginning";
        case Phase::Held:
            return "Held";
        case Phase::Operating:
            return "Operating";
        case Phase::Ending:
            return "Ending";
        case Phase::Reconnecting:
            return "Reconnecting";
        case Phase::Away:
            return "Away";
        case Phase::Stopped:
            return "Stopped";
    }
    return "?";
}

const char* name_of(Timer timer) {
    switch (timer) {
        case Timer::Hold:
            return "Hold";
        case Timer::TurnBound:
            return "TurnBound";
        case Timer::QuantumMinimum:
            return "QuantumMinimum";
        case Timer::Gap:
            return "Gap";
        case Timer::Retry:
            return "Retry";
        case Timer::RideThrough:
            return "RideThrough";
        case Timer::Idle:
            return "Idle";
    }
    return "?";
}

std::string to_string(const Event& event) {
    return std::visit(EventText{}, event);
}

std::string to_string(const Decision& decision) {
    return std::visit(DecisionText{}, decision);
}

}  // namespace cardmux::transaction

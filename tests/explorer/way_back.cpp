// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tests/explorer/way_back.h"

namespace cardmux::explorer {

using namespace transaction;  // NOLINT(google-build-using-namespace): all of its events

namespace {

/// None: nothing will happen of itself.
std::optional<Event> next_of_itself(const World& world) {
    switch (world.under_way) {
        case UnderWay::TakeTurn:
            return TurnGained{};
        case UnderWay::Begin:
            return Begun{};
        case UnderWay::Run:
            if (world.card_grants) return Finished{};
            return Finished{Outcome::LostRepeatable, ErrorCode::CardAbsent};
        case UnderWay::End:
            return Ended{};
        case UnderWay::Reconnect:
            return Reconnected{};
        case UnderWay::Nothing:
            break;
    }
    for (const Timer timer : {Timer::Retry, Timer::Gap, Timer::Hold}) {
        if (world.is_armed(timer)) return TimerFired{timer};
    }
    return std::nullopt;
}

}  // namespace

WayBack way_back_from(World world, const Model& model) {
    WayBack way;
    Decisions decided;
    for (; !world.at_rest(); ++way.steps) {
        const std::optional<Event> event = next_of_itself(world);
        if (!event || way.steps == way_back_max) {
            way.violation = Violation{Invariant::WayBackToIdle,
                                      event ? "it goes on for ever" : "nothing happens any more"};
            return way;
        }
        way.violation = take(world, {*event, Strike::None, Wanted::ByNobody}, model, decided);
        if (way.violation) return way;
    }
    return way;
}

}  // namespace cardmux::explorer

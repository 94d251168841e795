// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What must hold in every world that the explorer visits, by name. How each is decided is in
// explored_world.cpp, waiting_order.cpp and way_back.cpp; docs/guarantees.md says it in words.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cardmux::explorer {

enum class Invariant : std::uint8_t {
    OneGrant,
    NoApduWithoutGrant,
    RoundRobin,
    FirstComeFirstServed,
    OvertakingBounded,
    NoLostWakeUp,
    AnsweredExactlyOnce,
    HoldsEnd,
    TurnsEnd,
    AuthorityBeforeKeyUse,
    ReleasedNeverTouches,
    WayBackToIdle,
};
inline constexpr std::size_t invariant_count = 12;

/// As docs/guarantees.md and the explorer's output have it.
inline const char* name_of(Invariant invariant) {
    switch (invariant) {
        case Invariant::OneGrant:
            return "one_grant";
        case Invariant::NoApduWithoutGrant:
            return "no_apdu_without_grant";
        case Invariant::RoundRobin:
            return "round_robin";
        case Invariant::FirstComeFirstServed:
            return "first_come_first_served";
        case Invariant::OvertakingBounded:
            return "overtaking_bounded";
        case Invariant::NoLostWakeUp:
            return "no_lost_wake_up";
        case Invariant::AnsweredExactlyOnce:
            return "answered_exactly_once";
        case Invariant::HoldsEnd:
            return "holds_end";
        case Invariant::TurnsEnd:
            return "turns_end";
        case Invariant::AuthorityBeforeKeyUse:
            return "authority_before_key_use";
        case Invariant::ReleasedNeverTouches:
            return "released_never_touches";
        case Invariant::WayBackToIdle:
            return "way_back_to_idle";
    }
    return "?";
}

struct Violation {
    Invariant invariant = Invariant::OneGrant;
    const char* what = "";  ///< in a few words, static
};

}  // namespace cardmux::explorer

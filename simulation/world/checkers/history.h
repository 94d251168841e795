// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Which calls were made, when they began and ended, and with what result: what the checker of
// linearizability explains by a card that is used by one call after the other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cardmux::simulation {

enum class Action : std::uint8_t {
    Open,   ///< a session
    Close,  ///< a session
    LogIn,  ///< with the right PIN or another one
    LogOut,
    Use,  ///< of a key that wants the PIN
};

enum class Ending : std::uint8_t {
    Done,
    AlreadySo,  ///< logged in already
    NotLoggedIn,
    Refused,  ///< the PIN was wrong
    Unknown,  ///< an error that says nothing: it may have happened, or not
};

struct Event {
    Action action = Action::Use;
    Ending ending = Ending::Unknown;
    std::uint64_t begun = 0;  ///< steps of the schedule
    std::uint64_t ended = 0;
    std::string text;  ///< for people
};

/// Of one process and one reader.
using History = std::vector<std::vector<Event>>;

}  // namespace cardmux::simulation

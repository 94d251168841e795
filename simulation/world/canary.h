// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Worlds in which something is wrong on purpose: for each checker one that it has to find. If it
// does not, its silence elsewhere says nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cardmux::simulation {

enum class Canary : std::uint8_t {
    None,
    FalseSignature,  ///< the application gets a signature with a bit turned round (G7)
    NoExclusion,     ///< begin gives the card to who asks, whoever has it (G2)
    WrongPins,       ///< a wrong PIN is presented before each use of a key (G6)
    LeftOpen,        ///< a connection is never closed (handles)
    LockHeld,        ///< a lock is held during a command
    Sleeper,         ///< a call takes ten minutes (G4)
    FalseError,      ///< a call ends with an error that nothing explains (G1)
    StaysBroken,     ///< what was taken away never comes back (G5)
    ForgetsLogin,    ///< logged in, and told that one is not (linearizability)
    Unfair,          ///< whoever waits is told to have waited for too many others (G3)
    Idles,           ///< the card rests between any two commands though somebody waits (G8)
};

const char* name_of(Canary canary);
std::vector<std::string> canary_names();
std::optional<Canary> canary_named(const std::string& name);

}  // namespace cardmux::simulation

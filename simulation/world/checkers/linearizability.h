// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Can what the calls of one process about one card came to be explained by a card that is used by
// one call after the other, each at some moment between its begin and its end? The card of the
// model has sessions, and a login that ends with the last of them.
//
// source    Wing and Gong, Testing and Verifying Concurrent Objects, 1993; Lowe, Testing for
//           Linearizability, 2017 (states seen before are not looked at again), as Porcupine does
#pragma once

#include <string>
#include <vector>

#include "simulation/world/checkers/history.h"

namespace cardmux::simulation {

/// Whether it can; else the events at which no explanation gets further, for people.
struct Explanation {
    bool is_found = false;
    std::string stuck_at;
};

/// losses    steps at which something happened that may end a login, once, then or later
Explanation explain(std::vector<Event> events, std::vector<std::uint64_t> losses);

}  // namespace cardmux::simulation

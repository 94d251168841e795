// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Visits every world that can be reached, nearest first, so that the way to a violation is a
// shortest one.
#pragma once

#include <string>

#include "tests/explorer/explored_world.h"

namespace cardmux::explorer {

struct Explored {
    std::size_t worlds = 0;
    std::size_t transitions = 0;
    unsigned depth = 0;             ///< steps to the farthest world
    unsigned longest_way_back = 0;  ///< steps
    std::size_t bytes = 0;          ///< of memory for the worlds seen
    std::array<std::size_t, transaction::phase_count> worlds_in{};  ///< by phase
    std::optional<Violation> violation;
    std::string way;  ///< to the violation, one line for each step; empty: none
};

/// Ends at the first violation.
///
/// threads   how many work on it; what is found does not depend on it
Explored explore(const Model& model, unsigned threads);

}  // namespace cardmux::explorer

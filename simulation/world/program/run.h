// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// One run: a world, processes and clients in it, and what must hold at its end.
#pragma once

#include "simulation/world/world.h"

namespace cardmux::simulation {

struct RunReport {
    RunCounts counts;
    std::uint64_t schedule_hash = 0;
    std::uint64_t trace_hash = 0;
    std::uint64_t steps = 0;
    std::uint64_t switches = 0;
    Duration time = Duration::zero();  ///< virtual
    std::deque<std::string> trace;
};

/// A broken promise ends the process with code 1, once it was told. Once in a process, for a trace
/// that is the same each time.
RunReport run_seed(const WorldOptions& options);

}  // namespace cardmux::simulation

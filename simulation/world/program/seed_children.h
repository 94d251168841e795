// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Runs of many seeds, each in a forked child of its own: none leaves anything behind for the next,
// a run that crashes or hangs is one seed's failure, and two processors are used.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "simulation/world/program/run.h"

namespace cardmux::simulation {

struct SeedRange {
    std::uint64_t first = 1;
    std::uint64_t last = 1;
};

/// What all runs came to.
struct Summary {
    std::uint64_t runs = 0;
    std::uint64_t failures = 0;
    RunCounts counts;
    std::uint64_t steps = 0;
    std::uint64_t switches = 0;
    Duration time = Duration::zero();   ///< virtual
    std::set<std::uint64_t> schedules;  ///< distinct ones
    std::string first_failure;          ///< what it printed; empty: none

    void add(const std::string& report);
};

struct ChildrenOptions {
    unsigned jobs = 2;               ///< at the same time
    unsigned seconds_per_seed = 60;  ///< of real time; more: it hangs
    unsigned failures_max = 5;       ///< then no more is begun
};

/// `run` runs one seed in the child. `failed` is told what a run printed that failed.
Summary run_in_children(SeedRange seeds, const ChildrenOptions& options,
                        const std::function<RunReport(std::uint64_t)>& run,
                        const std::function<void(std::uint64_t, const std::string&)>& failed);

}  // namespace cardmux::simulation

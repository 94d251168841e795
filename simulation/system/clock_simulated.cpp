// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The simulated world's time: takes the place of base/clock_posix.cpp.
#include "base/clock.h"
#include "simulation/system/scheduler.h"

namespace cardmux {
namespace {

using simulation::Scheduler;

/// Outside of a run time stands still, but for who sleeps.
TimePoint time_outside{std::chrono::seconds(1)};

}  // namespace

MonotonicClock::time_point MonotonicClock::now() {
    const Scheduler* const scheduler = Scheduler::active();
    return scheduler != nullptr ? scheduler->now() : time_outside;
}

double wall_clock_seconds() {
    constexpr double year_2026 = 1767225600;
    return year_2026 + std::chrono::duration<double>(now().time_since_epoch()).count();
}

void sleep_until(TimePoint when) {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler == nullptr) {
        time_outside = std::max(time_outside, when);
        return;
    }
    scheduler->wait(
        "time to pass", [] { return false; }, when);
}

void sleep_for(Duration duration) {
    if (duration > Duration::zero()) sleep_until(now() + duration);
}

}  // namespace cardmux

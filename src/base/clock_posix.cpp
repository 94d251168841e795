// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <time.h>

#include <cerrno>

#include "base/clock.h"

namespace cardmux {
namespace {

timespec to_timespec(Duration duration) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
    return {static_cast<time_t>(seconds.count()), static_cast<long>((duration - seconds).count())};
}

}  // namespace

MonotonicClock::time_point MonotonicClock::now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time_point(std::chrono::seconds(time.tv_sec) + Duration(time.tv_nsec));
}

double wall_clock_seconds() {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void sleep_until(TimePoint when) {
    const timespec until = to_timespec(when.time_since_epoch());
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
    }
}

void sleep_for(Duration duration) {
    if (duration > Duration::zero()) sleep_until(now() + duration);
}

}  // namespace cardmux

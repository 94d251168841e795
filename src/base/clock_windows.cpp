// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include <algorithm>

#include "base/clock.h"

namespace cardmux {
namespace {

std::int64_t counts_per_second() {
    static const std::int64_t frequency = [] {
        LARGE_INTEGER value{};
        QueryPerformanceFrequency(&value);  // cannot fail since Windows XP
        return value.QuadPart;
    }();
    return frequency;
}

}  // namespace

/// The same for all processes of the machine: QueryPerformanceCounter counts from its start.
MonotonicClock::time_point MonotonicClock::now() {
    constexpr std::int64_t nanoseconds = 1'000'000'000;
    LARGE_INTEGER count{};
    QueryPerformanceCounter(&count);
    const std::int64_t frequency = counts_per_second();
    const std::int64_t rest = count.QuadPart % frequency;  // times 10^9 it stays below 2^63
    return time_point(std::chrono::seconds(count.QuadPart / frequency) +
                      Duration(rest * nanoseconds / frequency));
}

double wall_clock_seconds() {
    constexpr double from_1601_to_1970 = 11'644'473'600.0;
    FILETIME time{};  // in units of 100 ns
    GetSystemTimePreciseAsFileTime(&time);
    const std::uint64_t units = (std::uint64_t{time.dwHighDateTime} << 32) | time.dwLowDateTime;
    return static_cast<double>(units) * 1e-7 - from_1601_to_1970;
}

/// In steps of the system's timer: up to 16 ms too long.
void sleep_until(TimePoint when) {
    constexpr std::chrono::milliseconds longest = std::chrono::hours(1);
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - now());
        if (left <= std::chrono::milliseconds(0)) return;
        Sleep(static_cast<DWORD>(std::min(left, longest).count()));
    }
}

void sleep_for(Duration duration) {
    if (duration > Duration::zero()) sleep_until(now() + duration);
}

}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Time: one monotonic clock, and deadlines handed down so that nobody invents a private time limit.
// Only this layer may name the standard clocks; a simulated world links its own clock_posix.cpp.
#pragma once

#include <chrono>
#include <optional>

namespace cardmux {

using Duration = std::chrono::nanoseconds;

/// Tag of the clock that `now()` reads. It goes on while the machine runs, never back.
struct MonotonicClock {
    using duration = Duration;
    using rep = Duration::rep;
    using period = Duration::period;
    using time_point = std::chrono::time_point<MonotonicClock>;
    static constexpr bool is_steady = true;
    static time_point now();
};

using TimePoint = MonotonicClock::time_point;

inline TimePoint now() {
    return MonotonicClock::now();
}

/// Seconds since 1970-01-01 UTC with microseconds: for log lines and for dates in certificates,
/// never to measure with.
double wall_clock_seconds();

/// Lets this thread sleep. Only the simulated card's computing time and bounded retries use it.
void sleep_for(Duration duration);
void sleep_until(TimePoint when);

inline double milliseconds(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

/// A point in time after which the caller no longer wants the answer; or none.
class Deadline {
  public:
    static Deadline never() { return Deadline(); }
    static Deadline at(TimePoint when) { return Deadline(when); }
    static Deadline after(Duration duration) { return Deadline(now() + duration); }

    bool is_never() const { return !when_.has_value(); }
    bool has_passed() const { return when_ && now() >= *when_; }
    std::optional<TimePoint> when() const { return when_; }

    /// The earlier of the two.
    Deadline or_at(TimePoint other) const {
        return Deadline(when_ && *when_ < other ? *when_ : other);
    }

  private:
    Deadline() = default;
    explicit Deadline(TimePoint when) : when_(when) {}
    std::optional<TimePoint> when_;
};

}  // namespace cardmux

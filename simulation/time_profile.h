// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// How long a simulated card takes for a command. A figure is the whole time of the command,
// computing included: the card starts the clock, computes, and sleeps for the rest. Not the time of
// the reader.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace cardmux::simulation {

/// Commands that differ in what they cost. A chained command costs where its last part is carried
/// out.
enum class TimedCommand : unsigned char {
    Continuation,  ///< a part of a chain before the last, GET RESPONSE: always free
    Other,
    Select,
    ReadCertificate,
    Verify,  ///< with a PIN in it
    Rsa2048,
    Rsa3072,
    Rsa4096,
    P256,
    P384,
};
constexpr std::size_t timed_command_count = 10;

class TimeProfile {
  public:
    /// `instant`: nothing takes longer than it takes to compute.
    TimeProfile() = default;

    /// Reads a profile's name: instant, fixed:10ms (private-key operations and nothing else; ms, us
    /// or s), yubikey5, certum, nitrokey3.
    ///
    /// errors    InvalidArgument: no such profile, or no such time
    static Result<TimeProfile> parse(std::string_view text);

    /// The whole time of the command; zero: no longer than computing takes.
    Duration duration_of(TimedCommand command) const {
        return durations_.at(static_cast<std::size_t>(command));
    }

    const std::string& name() const { return name_; }

  private:
    std::string name_ = "instant";
    std::array<Duration, timed_command_count> durations_{};
};

}  // namespace cardmux::simulation

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/time_profile.h"

#include <charconv>
#include <cmath>
#include <optional>

namespace cardmux::simulation {
namespace {

/// Milliseconds, in the order of TimedCommand from Other on.
struct MeasuredProfile {
    const char* name;
    std::array<double, timed_command_count - 1> milliseconds;
};

// Measured over PC/SC by the jsign benchmark (README of github.com/ebourg/jsign-benchmark): SELECT,
// certificate, VERIFY and the private-key operations. Estimated by us, for want of a figure:
//   Other             as SELECT; nitrokey3: 127 ms, measured for GET DATA of an empty slot
//                     (trussed-dev/piv-authenticator issue 40)
//   yubikey5 RSA      3072 and 4096 as the same device's OpenPGP applet (517, 856)
//   nitrokey3 RSA     4096 as 3072 times the ratio of its OpenPGP applet (578/412)
//   nitrokey3 P-384   as P-256 times 1.5 (the other two: 1.66 and 1.46)
// ECDH is taken to cost what ECDSA costs. Making keys takes what libcrypto takes.
constexpr std::array<MeasuredProfile, 3> measured_profiles = {{
    // clang-format off
    //              Other  Select  Cert   Verify  RSA2048 RSA3072 RSA4096  P-256   P-384
    {"yubikey5",  {{1.26,   1.26,   7.3,    9.1,   138.5,  517.0,  856.0,   71.6,  118.6}}},
    {"certum",    {{9.5,    9.5,  164.0,   33.0,   269.0, 1098.0, 1512.0,  158.0,  231.0}}},
    {"nitrokey3", {{127.0,  7.2,  133.0,  231.0,   931.0, 1031.0, 1446.0, 1024.0, 1536.0}}},
    // clang-format on
}};

constexpr double longest_milliseconds = 3'600'000;

Duration from_milliseconds(double value) {
    return Duration(static_cast<Duration::rep>(std::llround(value * 1e6)));
}

/// "10ms", "250us", "1.5s".
std::optional<Duration> parse_duration(std::string_view text) {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, failure] =
        std::from_chars(text.data(), end, number, std::chars_format::fixed);
    if (failure != std::errc()) return std::nullopt;
    const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
    double factor = 0;
    if (unit == "us") factor = 1e-3;
    if (unit == "ms") factor = 1;
    if (unit == "s") factor = 1e3;
    const double value = number * factor;
    if (factor == 0 || !(value >= 0) || value > longest_milliseconds) return std::nullopt;
    return from_milliseconds(value);
}

}  // namespace

Result<TimeProfile> TimeProfile::parse(std::string_view text) {
    TimeProfile profile;
    profile.name_ = text;
    if (text == "instant") return profile;
    for (const MeasuredProfile& measured : measured_profiles) {
        if (text != measured.name) continue;
        for (std::size_t i = 0; i < measured.milliseconds.size(); ++i) {
            profile.durations_.at(i + 1) = from_milliseconds(measured.milliseconds.at(i));
        }
        return profile;
    }
    constexpr std::string_view fixed = "fixed:";
    const auto duration =
        text.starts_with(fixed) ? parse_duration(text.substr(fixed.size())) : std::nullopt;
    if (!duration) return Error(ErrorCode::InvalidArgument, "time profile");
    for (std::size_t i = static_cast<std::size_t>(TimedCommand::Rsa2048); i < timed_command_count;
         ++i) {
        profile.durations_.at(i) = *duration;
    }
    return profile;
}

}  // namespace cardmux::simulation

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// One run: opens the target once, as a program does that is already at work, starts the threads,
// ends them, and counts.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tool/load/load_report.h"
#include "tool/windows/load/load_clients.h"

namespace cardmux::tool::windows {

struct RunOptions {
    TargetRequest target;
    bool is_ksp = false;
    ClientOptions client;
    std::string mode = "own";
    unsigned threads = 4;
    double seconds = 10;
    std::uint64_t count = 0;  ///< if not 0: end after so many calls, not after `seconds`
    double time_limit = 0;    ///< 0: `seconds` (600 with `count`) and 30 more
    SecretBytes pin;
};

struct RunReport {
    load::LoadReport common;
    std::vector<load::ObservedError> expected;
    bool pin_refused = false;  ///< the run ended with that
    std::uint64_t calls = 0;   ///< of the provider, begun
    std::uint64_t releases = 0;
    std::uint64_t releases_under_use = 0;
    std::optional<double> first_error_s;           ///< since the start
    std::optional<double> first_invalid_handle_s;  ///< the same for 0x6
};

/// Signs once before there are threads: a PIN that the card refuses costs one try.
///
/// errors    what the first context, the PIN, the key or that signature failed with (as
///           LoadTarget); ResponseWrong: it does not fit the key
/// waits     for the run, at most until its time limit: then the report says that it hung, and the
///           process has to end without waiting for its threads
Result<RunReport> run_load(const RunOptions& options);

nlohmann::json to_json(const RunReport& report);
std::string to_text(const RunReport& report);

}  // namespace cardmux::tool::windows

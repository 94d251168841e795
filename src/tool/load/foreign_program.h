// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A foreign PC/SC program, as `cardmux load --foreign` plays it: every few seconds it takes the
// card, reads one object, and lets go. What it measures is how long the others made it wait.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace cardmux::tool::load {

struct ForeignRequest {
    std::string reader;  ///< empty: the first with a card
    double seconds = 30;
    double every_seconds = 3;         ///< between two visits, on average
    bool keeps_connection = false;    ///< connects once, not for each visit
    double begin_limit_seconds = 60;  ///< a Begin that takes longer ends the program: hung
};

struct ForeignReport {
    std::string reader;
    std::vector<double> begin_ms;    ///< SCardBeginTransaction alone
    std::vector<double> connect_ms;  ///< SCardConnect alone; none with keeps_connection
    std::uint64_t errors = 0;
    std::string first_error;
    bool hung = false;
};

/// errors    SystemFailed
Result<ForeignReport> run_foreign_program(const ForeignRequest& request);

nlohmann::json to_json(const ForeignReport& report);
std::string to_text(const ForeignReport& report);

}  // namespace cardmux::tool::load

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What `cardmux load` says at the end: one JSON object, or text for people.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tool/command.h"
#include "tool/load/load_statistics.h"

namespace cardmux::tool::load {

/// What a loading process leaves behind.
struct ProcessReport {
    std::uint64_t ok = 0;
    std::uint64_t ok_in_window = 0;
    std::optional<double> ready_s;            ///< since the start; none: never
    std::optional<double> first_signature_s;  ///< since the start; none: never
    bool hung = false;
    bool crashed = false;
    std::string end;      ///< "exit 0", "signal 11 (...)"
    std::string failure;  ///< why it took no part
};

/// A call of the module that had not come back when its process was killed.
struct StuckCall {
    std::string call;
    unsigned clients = 0;
    double longest_s = 0;
};

/// Facts about what was tried, for the record.
struct LoadSubject {
    std::string module;
    std::string manufacturer;
    std::string description;
    std::string version;
    std::string slot;
    std::string token_label;
    std::string key_id;
    std::string key_label;
    std::string key;  ///< "RSA 2048"
    std::string mechanism;
    std::string verified_with;
    std::string mode;
    std::string service_class;
    unsigned threads = 0;
    unsigned processes = 0;
};

/// The raw APDU loop on the same card.
struct LimitReport {
    std::optional<double> before;
    std::optional<double> after;
    std::string note;  ///< why one is missing
    /// Their mean, or the one that is there.
    std::optional<double> value() const;
};

struct LoadReport {
    LoadSubject subject;
    Observation observation;
    LoadFigures figures;
    LimitReport limit;
    std::vector<ProcessReport> processes;
    std::vector<StuckCall> stuck;
    bool hung = false;
    bool with_timeline = false;
    std::uint64_t samples_lost = 0;
    double started_at = 0;  ///< seconds since 1970

    std::optional<double> limit_ratio() const;
    unsigned crashed() const;
    /// Ok only if there were signatures, all right, without an error, a hang or a crash.
    ExitCode exit_code() const;
};

nlohmann::json to_json(const LoadReport& report);

std::string to_text(const LoadReport& report);

/// One bar of blocks for each 100 ms (more for long runs): high = many signatures, '.' = none,
/// 'x' = errors only.
std::string picture_of(const Observation& observation);

}  // namespace cardmux::tool::load

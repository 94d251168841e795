// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// From what was observed in a run to the figures that are reported. Pure: values in, values out.
//
// Rates and fairness count within the common window: from the moment the last client was ready
// until the load was told to stop. So a client that started late is not counted as starved, and the
// time it takes to start shows where it belongs (first_signature_s).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cardmux::tool::load {

/// All times in microseconds since the same moment.
struct ObservedSample {
    std::int64_t end_us = 0;
    std::uint32_t duration_us = 0;
    std::uint32_t client = 0;
    bool right = true;
};

struct ObservedClient {
    std::int64_t ready_us = 0;  ///< 0: never
    std::uint64_t right = 0;
    std::uint64_t wrong = 0;
};

struct ObservedError {
    std::string code;
    std::string call;
    std::uint64_t count = 0;
    std::int64_t first_us = 0;
    std::int64_t last_us = 0;
};

struct Observation {
    std::int64_t started_us = 0;
    std::int64_t stop_us = 0;   ///< when the load was told to stop; 0: by count, not by time
    std::int64_t ended_us = 0;  ///< when all was over
    std::vector<ObservedSample> samples;
    std::vector<ObservedClient> clients;
    std::vector<ObservedError> errors;
};

struct LoadFigures {
    std::uint64_t ok = 0;
    std::uint64_t errors = 0;
    std::uint64_t wrong = 0;
    double seconds = 0;         ///< from the start to the last signature or the stop
    double window_seconds = 0;  ///< the common window
    double throughput = 0;      ///< right signatures a second in the common window
    double p50_ms = 0;
    double p95_ms = 0;
    double p99_ms = 0;
    double max_ms = 0;
    std::uint64_t client_min =
        0;  ///< right signatures of the client with the fewest, in the window
    std::uint64_t client_max = 0;
    std::vector<std::uint64_t> client_counts;
    std::map<std::string, std::uint64_t> errors_by_code;
};

LoadFigures compute_figures(const Observation& observation);

/// The value that `percent` of all values do not exceed (nearest rank). 0 without values.
/// `sorted` ascending.
double percentile(const std::vector<double>& sorted, double percent);

/// How many samples ended in each `bucket_us` since the start.
std::vector<std::uint64_t> count_buckets(const Observation& observation, std::int64_t bucket_us,
                                         bool right);

}  // namespace cardmux::tool::load

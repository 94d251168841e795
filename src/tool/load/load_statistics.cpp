// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/load/load_statistics.h"

#include <algorithm>
#include <cmath>

namespace cardmux::tool::load {
namespace {

/// A window shorter than this says nothing about a rate: then the whole run counts.
constexpr std::int64_t window_us_min = 250'000;

struct Window {
    std::int64_t begin_us;
    std::int64_t end_us;
    bool contains(std::int64_t when_us) const { return when_us > begin_us && when_us <= end_us; }
    double seconds() const { return static_cast<double>(end_us - begin_us) * 1e-6; }
};

std::int64_t end_of_samples(const Observation& observation) {
    std::int64_t last = observation.started_us;
    for (const ObservedSample& sample : observation.samples) last = std::max(last, sample.end_us);
    return last;
}

Window whole_run(const Observation& observation) {
    const bool by_time = observation.stop_us != 0;
    return {observation.started_us, by_time ? observation.stop_us : end_of_samples(observation)};
}

Window common_window(const Observation& observation) {
    Window window = whole_run(observation);
    if (observation.stop_us == 0) return window;
    std::int64_t last_ready = window.begin_us;
    for (const ObservedClient& client : observation.clients)
        last_ready = std::max(last_ready, client.ready_us);
    if (window.end_us - last_ready >= window_us_min) window.begin_us = last_ready;
    return window;
}

std::vector<std::uint64_t> count_clients(const Observation& observation, Window window) {
    std::vector<std::uint64_t> counts(observation.clients.size(), 0);
    for (const ObservedSample& sample : observation.samples)
        if (sample.right && window.contains(sample.end_us) && sample.client < counts.size())
            ++counts[sample.client];
    return counts;
}

void add_latencies(const Observation& observation, Window window, LoadFigures& figures) {
    std::vector<double> latencies;
    for (const ObservedSample& sample : observation.samples)
        if (sample.right && sample.end_us > window.begin_us)
            latencies.push_back(sample.duration_us * 1e-3);
    std::sort(latencies.begin(), latencies.end());
    figures.p50_ms = percentile(latencies, 50);
    figures.p95_ms = percentile(latencies, 95);
    figures.p99_ms = percentile(latencies, 99);
    figures.max_ms = latencies.empty() ? 0 : latencies.back();
}

}  // namespace

double percentile(const std::vector<double>& sorted, double percent) {
    if (sorted.empty()) return 0;
    const double rank = std::ceil(percent / 100 * static_cast<double>(sorted.size()));
    const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
    return sorted[std::min(index, sorted.size() - 1)];
}

LoadFigures compute_figures(const Observation& observation) {
    LoadFigures figures;
    for (const ObservedClient& client : observation.clients) {
        figures.ok += client.right;
        figures.wrong += client.wrong;
    }
    for (const ObservedError& error : observation.errors) {
        figures.errors += error.count;
        figures.errors_by_code[error.code] += error.count;
    }
    const Window run = whole_run(observation);
    const Window window = common_window(observation);
    figures.seconds = run.seconds();
    figures.window_seconds = window.seconds();
    figures.client_counts = count_clients(observation, window);
    std::uint64_t in_window = 0;
    for (const std::uint64_t count : figures.client_counts) in_window += count;
    if (window.end_us > window.begin_us)
        figures.throughput = static_cast<double>(in_window) / window.seconds();
    if (!figures.client_counts.empty()) {
        const auto [min, max] =
            std::minmax_element(figures.client_counts.begin(), figures.client_counts.end());
        figures.client_min = *min;
        figures.client_max = *max;
    }
    add_latencies(observation, window, figures);
    return figures;
}

std::vector<std::uint64_t> count_buckets(const Observation& observation, std::int64_t bucket_us,
                                         bool right) {
    const std::int64_t end =
        std::max({end_of_samples(observation), observation.stop_us, observation.ended_us});
    const auto count = static_cast<std::size_t>((end - observation.started_us) / bucket_us + 1);
    std::vector<std::uint64_t> buckets(count, 0);
    for (const ObservedSample& sample : observation.samples) {
        const std::int64_t since =
            std::max<std::int64_t>(sample.end_us - observation.started_us, 0);
        if (sample.right == right) ++buckets[static_cast<std::size_t>(since / bucket_us)];
    }
    return buckets;
}

}  // namespace cardmux::tool::load

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/load/load_statistics.h"

#include <gtest/gtest.h>

namespace cardmux::tool::load {
namespace {

/// One right signature that took 10 ms, ended at `end_ms`.
ObservedSample at(std::int64_t end_ms, std::uint32_t client) {
    return {end_ms * 1000, 10'000, client, true};
}

Observation two_clients_for_two_seconds() {
    Observation observation;
    observation.started_us = 1;
    observation.stop_us = 2'000'001;
    observation.ended_us = 2'100'000;
    observation.clients = {{1000, 0, 0}, {1000, 0, 0}};
    return observation;
}

TEST(Percentile, of_nothing_is_zero) {
    EXPECT_EQ(percentile({}, 99), 0);
}

TEST(Percentile, of_one_value_is_that_value) {
    EXPECT_EQ(percentile({7}, 50), 7);
    EXPECT_EQ(percentile({7}, 99), 7);
}

TEST(Percentile, takes_the_nearest_rank) {
    std::vector<double> values;
    for (int i = 1; i <= 100; ++i) values.push_back(i);
    EXPECT_EQ(percentile(values, 50), 50);
    EXPECT_EQ(percentile(values, 95), 95);
    EXPECT_EQ(percentile(values, 99), 99);
    EXPECT_EQ(percentile({1, 2, 3, 4}, 50), 2);
    EXPECT_EQ(percentile({1, 2, 3, 4}, 51), 3);
    EXPECT_EQ(percentile({1, 2, 3, 4}, 100), 4);
}

TEST(LoadStatistics, counts_the_rate_within_the_common_window_only) {
    Observation observation = two_clients_for_two_seconds();
    observation.clients[1].ready_us = 1'000'001;                                  // one second late
    for (int i = 1; i <= 100; ++i) observation.samples.push_back(at(i * 10, 0));  // alone, 100/s
    for (int i = 0; i < 50; ++i) observation.samples.push_back(at(1010 + i * 20, i % 2 ? 1 : 0));
    const LoadFigures figures = compute_figures(observation);
    EXPECT_NEAR(figures.throughput, 50, 0.01);
    EXPECT_NEAR(figures.window_seconds, 1, 1e-6);
    EXPECT_NEAR(figures.seconds, 2, 1e-6);
    EXPECT_EQ(figures.client_min, 25);
    EXPECT_EQ(figures.client_max, 25);
}

TEST(LoadStatistics, counts_a_client_that_never_came_as_starved) {
    Observation observation = two_clients_for_two_seconds();
    observation.clients[1].ready_us = 0;
    for (int i = 1; i <= 10; ++i) observation.samples.push_back(at(i * 100, 0));
    const LoadFigures figures = compute_figures(observation);
    EXPECT_EQ(figures.client_min, 0);
    EXPECT_EQ(figures.client_max, 10);
}

TEST(LoadStatistics, leaves_out_what_ended_after_the_stop_from_rate_and_fairness) {
    Observation observation = two_clients_for_two_seconds();
    observation.samples = {at(1000, 0), at(1500, 1), at(2050, 0)};
    const LoadFigures figures = compute_figures(observation);
    EXPECT_EQ(figures.client_max, 1);
    EXPECT_NEAR(figures.throughput, 1, 0.01);
}

TEST(LoadStatistics, uses_the_whole_run_when_the_common_window_is_too_short) {
    Observation observation = two_clients_for_two_seconds();
    observation.clients[1].ready_us = 1'990'000;
    observation.samples = {at(500, 0), at(1000, 0)};
    EXPECT_NEAR(compute_figures(observation).window_seconds, 2, 1e-6);
}

TEST(LoadStatistics, measures_a_run_by_count_up_to_its_last_signature) {
    Observation observation = two_clients_for_two_seconds();
    observation.stop_us = 0;
    observation.samples = {at(250, 0), at(500, 1)};
    const LoadFigures figures = compute_figures(observation);
    EXPECT_NEAR(figures.seconds, 0.5, 1e-5);
    EXPECT_NEAR(figures.throughput, 4, 0.01);
}

TEST(LoadStatistics, sums_the_errors_of_one_code_over_the_calls) {
    Observation observation = two_clients_for_two_seconds();
    observation.errors = {{"CKR_DEVICE_ERROR", "C_Sign", 3, 5, 9},
                          {"CKR_DEVICE_ERROR", "C_SignInit", 2, 5, 9},
                          {"CKR_SESSION_COUNT", "C_OpenSession", 7, 5, 9}};
    const LoadFigures figures = compute_figures(observation);
    EXPECT_EQ(figures.errors, 12);
    EXPECT_EQ(figures.errors_by_code.at("CKR_DEVICE_ERROR"), 5);
    EXPECT_EQ(figures.errors_by_code.at("CKR_SESSION_COUNT"), 7);
}

TEST(LoadStatistics, does_not_count_the_time_of_failures_as_latency) {
    Observation observation = two_clients_for_two_seconds();
    observation.samples = {at(500, 0), {1'000'000, 900'000, 0, false}};
    EXPECT_EQ(compute_figures(observation).max_ms, 10);
}

TEST(LoadStatistics, puts_samples_into_the_bucket_in_which_they_ended) {
    Observation observation = two_clients_for_two_seconds();
    observation.samples = {at(50, 0), at(99, 0), at(150, 1), {160'000, 5, 1, false}};
    const auto right = count_buckets(observation, 100'000, true);
    ASSERT_EQ(right.size(), 21);
    EXPECT_EQ(right[0], 2);
    EXPECT_EQ(right[1], 1);
    EXPECT_EQ(right[2], 0);
    EXPECT_EQ(count_buckets(observation, 100'000, false)[1], 1);
}

}  // namespace
}  // namespace cardmux::tool::load

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/load/load_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace cardmux::tool::load {
namespace {

/// Two clients, 200 right signatures in two seconds, nothing wrong.
LoadReport clean_report() {
    LoadReport report;
    Observation& seen = report.observation;
    seen.started_us = 1;
    seen.stop_us = 2'000'001;
    seen.ended_us = 2'000'001;
    seen.clients = {{100, 100, 0}, {100, 100, 0}};
    for (std::int64_t i = 0; i < 200; ++i)
        seen.samples.push_back({(i + 1) * 10'000, 20'000, static_cast<std::uint32_t>(i % 2), true});
    report.figures = compute_figures(seen);
    report.processes = {ProcessReport{200, 200, 0.01, 0.02, false, false, "exit 0", ""}};
    return report;
}

TEST(LoadReport, has_every_field_that_scripts_rely_on) {
    const nlohmann::json object = to_json(clean_report());
    for (const char* name :
         {"ok", "errors", "wrong", "seconds", "throughput", "limit", "limit_ratio", "p50_ms",
          "p95_ms", "p99_ms", "max_ms", "client_min", "client_max", "errors_by_code", "hung"})
        EXPECT_TRUE(object.contains(name)) << name;
    EXPECT_EQ(object["ok"], 200);
    EXPECT_EQ(object["client_min"], 100);
    EXPECT_EQ(object["p50_ms"], 20);
    EXPECT_EQ(object["errors_by_code"], nlohmann::json::object());
    EXPECT_EQ(object["hung"], false);
    EXPECT_TRUE(object["limit"].is_null());
    EXPECT_FALSE(object.contains("timeline"));
}

TEST(LoadReport, takes_the_mean_of_the_limit_before_and_after) {
    LoadReport report = clean_report();
    report.limit.before = 90;
    report.limit.after = 110;
    EXPECT_NEAR(to_json(report)["limit"].get<double>(), 100, 1e-9);
    EXPECT_NEAR(report.limit_ratio().value_or(0), 1.0, 0.01);
    report.limit.after.reset();
    EXPECT_NEAR(to_json(report)["limit"].get<double>(), 90, 1e-9);
}

TEST(LoadReport, is_good_only_without_error_wrong_hang_and_crash) {
    EXPECT_EQ(clean_report().exit_code(), ExitCode::Ok);
    LoadReport report = clean_report();
    report.figures.errors = 1;
    EXPECT_EQ(report.exit_code(), ExitCode::Failed);
    report = clean_report();
    report.figures.wrong = 1;
    EXPECT_EQ(report.exit_code(), ExitCode::Failed);
    report = clean_report();
    report.figures.ok = 0;
    EXPECT_EQ(report.exit_code(), ExitCode::Failed);
    report = clean_report();
    report.processes[0].crashed = true;
    EXPECT_EQ(report.exit_code(), ExitCode::Failed);
    report = clean_report();
    report.hung = true;
    EXPECT_EQ(report.exit_code(), ExitCode::TimedOut);
}

TEST(LoadReport, names_each_error_with_its_first_and_last_time) {
    LoadReport report = clean_report();
    report.observation.errors = {{"CKR_DEVICE_ERROR", "C_Sign", 3, 500'001, 1'500'001}};
    report.figures = compute_figures(report.observation);
    const nlohmann::json object = to_json(report);
    EXPECT_EQ(object["errors"], 3);
    EXPECT_EQ(object["errors_by_code"]["CKR_DEVICE_ERROR"], 3);
    EXPECT_EQ(object["error_list"][0]["call"], "C_Sign");
    EXPECT_EQ(object["error_list"][0]["first_s"], 0.5);
    EXPECT_EQ(object["error_list"][0]["last_s"], 1.5);
    EXPECT_NE(to_text(report).find("CKR_DEVICE_ERROR"), std::string::npos);
}

TEST(LoadReport, gives_the_timeline_when_asked) {
    LoadReport report = clean_report();
    report.with_timeline = true;
    const nlohmann::json timeline = to_json(report)["timeline"];
    EXPECT_EQ(timeline["bucket_ms"], 100);
    EXPECT_EQ(timeline["ok"][5], 10);
}

TEST(LoadReport, draws_a_pause_as_dots) {
    Observation seen;
    seen.started_us = 1;
    seen.stop_us = 1'000'000;
    seen.samples = {{50'000, 1, 0, true}, {950'000, 1, 0, true}, {450'000, 1, 0, false}};
    EXPECT_EQ(picture_of(seen), "█...x....█  (100 ms a column, highest 1)\n");
}

}  // namespace
}  // namespace cardmux::tool::load

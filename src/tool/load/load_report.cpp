// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/load/load_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace cardmux::tool::load {
namespace {

using nlohmann::json;

constexpr std::int64_t bucket_us = 100'000;

json optional_number(const std::optional<double>& value, double scale = 1000) {
    return value ? json(std::round(*value * scale) / scale) : json(nullptr);
}

double rounded(double value, double scale = 1000) {
    return std::round(value * scale) / scale;
}

double seconds_since_start(const Observation& observation, std::int64_t when_us) {
    return rounded(static_cast<double>(when_us - observation.started_us) * 1e-6);
}

json subject_to_json(const LoadSubject& subject) {
    return {{"module", subject.module},
            {"manufacturer", subject.manufacturer},
            {"description", subject.description},
            {"version", subject.version},
            {"slot", subject.slot},
            {"token", subject.token_label},
            {"key_id", subject.key_id},
            {"key_label", subject.key_label},
            {"key", subject.key},
            {"mechanism", subject.mechanism},
            {"verified_with", subject.verified_with},
            {"mode", subject.mode},
            {"class", subject.service_class},
            {"threads", subject.threads},
            {"processes", subject.processes}};
}

json processes_to_json(const LoadReport& report) {
    std::uint64_t all = 0;
    for (const ProcessReport& process : report.processes) all += process.ok_in_window;
    json list = json::array();
    for (const ProcessReport& process : report.processes) {
        const double share =
            all == 0 ? 0 : static_cast<double>(process.ok_in_window) / static_cast<double>(all);
        list.push_back({{"ok", process.ok},
                        {"share", rounded(share, 10000)},
                        {"ready_s", optional_number(process.ready_s)},
                        {"first_signature_s", optional_number(process.first_signature_s)},
                        {"hung", process.hung},
                        {"crashed", process.crashed},
                        {"end", process.end},
                        {"failure", process.failure}});
    }
    return list;
}

json errors_to_json(const Observation& observation) {
    json list = json::array();
    for (const ObservedError& error : observation.errors)
        list.push_back({{"code", error.code},
                        {"call", error.call},
                        {"count", error.count},
                        {"first_s", seconds_since_start(observation, error.first_us)},
                        {"last_s", seconds_since_start(observation, error.last_us)}});
    return list;
}

std::string limit_text(const LoadReport& report) {
    const auto limit = report.limit.value();
    if (!limit) return fmt::format("  card's limit   not measured: {}\n", report.limit.note);
    const auto one = [](const std::optional<double>& value) {
        return value ? fmt::format("{:.2f}/s", *value) : std::string("missing");
    };
    std::string text = fmt::format(
        "  card's limit   {:.2f}/s (raw APDU loop: {} before, {} after); share {:.1f} %\n", *limit,
        one(report.limit.before), one(report.limit.after), report.limit_ratio().value_or(0) * 100);
    if (!report.limit.note.empty()) text += fmt::format("                 {}\n", report.limit.note);
    return text;
}

std::string processes_text(const LoadReport& report) {
    std::string text;
    std::size_t index = 0;
    for (const ProcessReport& process : report.processes) {
        const std::string first = process.first_signature_s
                                      ? fmt::format("{:.2f} s", *process.first_signature_s)
                                      : std::string("never");
        const bool is_worth_a_line = report.processes.size() > 1 || process.hung ||
                                     process.crashed || !process.failure.empty();
        if (is_worth_a_line)
            text +=
                fmt::format("  process {:<6} {} signatures, first after {}{}{}{}\n", index,
                            process.ok, first, process.failure.empty() ? "" : ", ", process.failure,
                            process.hung || process.crashed ? ", " + process.end : "");
        ++index;
    }
    return text;
}

std::string errors_text(const LoadReport& report) {
    std::string text;
    for (const ObservedError& error : report.observation.errors)
        text += fmt::format("    {:<32} {:<26} {:>7} times, first at {:.2f} s, last at {:.2f} s\n",
                            error.code, error.call, error.count,
                            seconds_since_start(report.observation, error.first_us),
                            seconds_since_start(report.observation, error.last_us));
    for (const StuckCall& stuck : report.stuck)
        text += fmt::format("    hung: {} clients inside {}, the longest for {:.1f} s\n",
                            stuck.clients, stuck.call, stuck.longest_s);
    return text;
}

}  // namespace

std::optional<double> LimitReport::value() const {
    if (before && after) return (*before + *after) / 2;
    return before ? before : after;
}

std::optional<double> LoadReport::limit_ratio() const {
    const auto rate = limit.value();
    if (!rate || *rate <= 0) return std::nullopt;
    return figures.throughput / *rate;
}

unsigned LoadReport::crashed() const {
    return static_cast<unsigned>(std::count_if(processes.begin(), processes.end(),
                                               [](const ProcessReport& p) { return p.crashed; }));
}

ExitCode LoadReport::exit_code() const {
    if (hung) return ExitCode::TimedOut;
    const bool clean = figures.ok > 0 && figures.errors == 0 && figures.wrong == 0;
    return clean && crashed() == 0 ? ExitCode::Ok : ExitCode::Failed;
}

json to_json(const LoadReport& report) {
    const LoadFigures& figures = report.figures;
    json object = subject_to_json(report.subject);
    object.update({{"ok", figures.ok},
                   {"errors", figures.errors},
                   {"wrong", figures.wrong},
                   {"hung", report.hung},
                   {"crashed", report.crashed()},
                   {"seconds", rounded(figures.seconds)},
                   {"window_seconds", rounded(figures.window_seconds)},
                   {"throughput", rounded(figures.throughput)},
                   {"limit", optional_number(report.limit.value())},
                   {"limit_before", optional_number(report.limit.before)},
                   {"limit_after", optional_number(report.limit.after)},
                   {"limit_note", report.limit.note},
                   {"limit_ratio", optional_number(report.limit_ratio(), 10000)},
                   {"p50_ms", rounded(figures.p50_ms)},
                   {"p95_ms", rounded(figures.p95_ms)},
                   {"p99_ms", rounded(figures.p99_ms)},
                   {"max_ms", rounded(figures.max_ms)},
                   {"client_min", figures.client_min},
                   {"client_max", figures.client_max},
                   {"client_counts", figures.client_counts},
                   {"errors_by_code", figures.errors_by_code},
                   {"error_list", errors_to_json(report.observation)},
                   {"process_list", processes_to_json(report)},
                   {"samples_lost", report.samples_lost},
                   {"started_at", rounded(report.started_at)}});
    object["stuck_calls"] = json::array();
    for (const StuckCall& stuck : report.stuck)
        object["stuck_calls"].push_back({{"call", stuck.call},
                                         {"clients", stuck.clients},
                                         {"longest_s", rounded(stuck.longest_s)}});
    if (report.with_timeline)
        object["timeline"] = {{"bucket_ms", bucket_us / 1000},
                              {"ok", count_buckets(report.observation, bucket_us, true)},
                              {"failed", count_buckets(report.observation, bucket_us, false)}};
    return object;
}

std::string to_text(const LoadReport& report) {
    const LoadFigures& figures = report.figures;
    const LoadSubject& subject = report.subject;
    std::string text = fmt::format("{} {} ({}), {}, {}\n", subject.description, subject.version,
                                   subject.module, subject.slot, subject.token_label);
    text += fmt::format("{}: {} {}, {} processes x {} threads, {}, {:.1f} s\n",
                        subject.key_label.empty() ? subject.key_id : subject.key_label, subject.key,
                        subject.mechanism, subject.processes, subject.threads, subject.mode,
                        figures.seconds);
    text += fmt::format("  signatures     {} right, {} wrong; {} errors{}\n", figures.ok,
                        figures.wrong, figures.errors, report.hung ? "; HUNG" : "");
    text += fmt::format("  throughput     {:.2f}/s over {:.1f} s\n", figures.throughput,
                        figures.window_seconds);
    text += limit_text(report);
    text +=
        fmt::format("  latency        p50 {:.1f} ms, p95 {:.1f} ms, p99 {:.1f} ms, max {:.1f} ms\n",
                    figures.p50_ms, figures.p95_ms, figures.p99_ms, figures.max_ms);
    text += fmt::format("  each client    {} to {} signatures\n", figures.client_min,
                        figures.client_max);
    return text + processes_text(report) + errors_text(report);
}

std::string picture_of(const Observation& observation) {
    constexpr std::array blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    constexpr std::size_t columns_max = 100;
    const auto in_bucket = count_buckets(observation, bucket_us, true);
    const std::int64_t width =
        bucket_us * static_cast<std::int64_t>((in_bucket.size() + columns_max - 1) / columns_max);
    const auto right = count_buckets(observation, width, true);
    const auto failed = count_buckets(observation, width, false);
    const std::uint64_t most =
        std::max<std::uint64_t>(1, *std::max_element(right.begin(), right.end()));
    std::string picture;
    for (std::size_t i = 0; i < right.size(); ++i) {
        if (right[i] == 0)
            picture += failed[i] == 0 ? "." : "x";
        else
            picture += blocks.at((right[i] * blocks.size() - 1) / most);
    }
    return fmt::format("{}  ({} ms a column, highest {})\n", picture, width / 1000, most);
}

}  // namespace cardmux::tool::load

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/load/observe.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

namespace cardmux::tool::load {
namespace {

void observe_errors(ProcessRecord& process, Observation& observation) {
    for (ErrorEntry& entry : process.errors) {
        const std::uint64_t key = entry.key.load();
        if (key == 0) continue;
        ObservedError seen;
        seen.code = name_of_return_code(key & 0x00FF'FFFF'FFFF'FFFFULL);
        seen.call = name_of(static_cast<Call>(key >> 56));
        seen.count = entry.count.load();
        seen.first_us = entry.first_us.load();
        seen.last_us = entry.last_us.load();
        const auto same = [&seen](const ObservedError& other) {
            return other.code == seen.code && other.call == seen.call;
        };
        auto known = std::find_if(observation.errors.begin(), observation.errors.end(), same);
        if (known == observation.errors.end()) {
            observation.errors.push_back(seen);
            continue;
        }
        known->count += seen.count;
        known->first_us = std::min(known->first_us, seen.first_us);
        known->last_us = std::max(known->last_us, seen.last_us);
    }
}

Observation observe(const LoadOptions& options, RunEnd& end) {
    RunRecord& record = *end.record;
    Observation observation;
    observation.started_us = record.started_us().load();
    if (options.count == 0)
        observation.stop_us =
            observation.started_us + static_cast<std::int64_t>(options.seconds * 1e6);
    observation.ended_us = end.ended_us;
    for (Sample& sample : record.samples()) {
        const auto end_us = std::atomic_ref<std::int64_t>(sample.end_us).load();
        if (end_us != 0)
            observation.samples.push_back(
                {end_us, sample.duration_us, sample.client, sample.outcome == Outcome::Right});
    }
    for (unsigned i = 0; i < record.client_count(); ++i) {
        ClientRecord& client = record.client(i);
        observation.clients.push_back(
            {client.ready_us.load(), client.right.load(), client.wrong.load()});
    }
    for (unsigned i = 0; i < record.process_count(); ++i)
        observe_errors(record.process(i), observation);
    return observation;
}

std::optional<double> seconds_since_start(const Observation& observation, std::int64_t when_us) {
    if (when_us == 0) return std::nullopt;
    return static_cast<double>(when_us - observation.started_us) * 1e-6;
}

std::vector<ProcessReport> observe_processes(RunEnd& end, const LoadReport& report) {
    std::vector<ProcessReport> processes;
    const unsigned threads = end.record->threads();
    for (unsigned i = 0; i < end.record->process_count(); ++i) {
        ProcessRecord& record = end.record->process(i);
        ProcessReport process;
        for (unsigned client = i * threads; client < (i + 1) * threads; ++client) {
            process.ok += report.observation.clients[client].right;
            process.ok_in_window += report.figures.client_counts[client];
        }
        process.ready_s = seconds_since_start(report.observation, record.ready_us.load());
        process.first_signature_s =
            seconds_since_start(report.observation, record.first_signature_us.load());
        process.hung = end.processes[i].hung;
        process.crashed = end.processes[i].crashed;
        process.end = end.processes[i].how;
        process.failure = record.failure.get();
        processes.push_back(std::move(process));
    }
    return processes;
}

std::vector<StuckCall> observe_stuck_calls(RunEnd& end) {
    std::map<std::string, StuckCall> stuck;
    for (unsigned i = 0; i < end.record->client_count(); ++i) {
        ClientRecord& client = end.record->client(i);
        const std::int64_t since = client.call_since_us.load();
        if (since == 0 || !end.processes[i / end.record->threads()].hung) continue;
        StuckCall& call = stuck[name_of(client.call.load())];
        call.call = name_of(client.call.load());
        ++call.clients;
        call.longest_s = std::max(call.longest_s, static_cast<double>(end.ended_us - since) * 1e-6);
    }
    std::vector<StuckCall> list;
    list.reserve(stuck.size());
    for (auto& [name, call] : stuck) list.push_back(std::move(call));
    return list;
}

/// The facts of the first process that got as far as a key.
const TargetFacts& facts_of(RunRecord& record) {
    for (unsigned i = 0; i < record.process_count(); ++i)
        if (record.process(i).ready_us.load() != 0) return record.process(i).facts;
    return record.process(0).facts;
}

LoadSubject subject_of(const LoadOptions& options, RunRecord& record) {
    const TargetFacts& facts = facts_of(record);
    LoadSubject subject;
    subject.module = options.module;
    subject.manufacturer = facts.manufacturer.get();
    subject.description = facts.description.get();
    subject.version = facts.version.get();
    subject.slot = facts.slot.get();
    subject.token_label = facts.token_label.get();
    subject.key_id = facts.key_id.get();
    subject.key_label = facts.key_label.get();
    subject.key = facts.key_type.get();
    subject.mechanism = facts.mechanism.get();
    subject.verified_with = facts.key_source.get();
    subject.mode = options.mode == LoadMode::Plain ? "plain" : "churn";
    subject.service_class = options.service_class;
    subject.threads = options.threads;
    subject.processes = options.processes;
    return subject;
}

}  // namespace

LoadReport report_of(const LoadOptions& options, RunEnd& end) {
    LoadReport report;
    report.subject = subject_of(options, *end.record);
    report.observation = observe(options, end);
    report.figures = compute_figures(report.observation);
    report.processes = observe_processes(end, report);
    report.stuck = observe_stuck_calls(end);
    report.hung = std::any_of(end.processes.begin(), end.processes.end(),
                              [](const ProcessEnd& process) { return process.hung; });
    report.samples_lost = end.record->samples_lost();
    return report;
}

std::string progress_text(RunRecord& record, std::uint64_t& seen_before) {
    std::uint64_t right = 0;
    std::uint64_t wrong = 0;
    std::uint64_t failed = 0;
    for (unsigned i = 0; i < record.client_count(); ++i) {
        right += record.client(i).right.load();
        wrong += record.client(i).wrong.load();
        failed += record.client(i).failed.load();
    }
    const double elapsed =
        static_cast<double>(record.microseconds_now() - record.started_us().load()) * 1e-6;
    const std::uint64_t recent = right - seen_before;
    seen_before = right;
    return fmt::format("{:5.1f} s  {} signatures ({}/s), {} wrong, {} failed", elapsed, right,
                       recent, wrong, failed);
}

}  // namespace cardmux::tool::load

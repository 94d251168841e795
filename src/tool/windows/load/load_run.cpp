// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/windows/load/load_run.h"

#include <algorithm>
#include <deque>

#include "base/random.h"
#include "tool/windows/load/public_blob.h"

namespace cardmux::tool::windows {
namespace {

using namespace std::chrono_literals;
using load::ObservedError;

constexpr Duration supervision_interval = 5ms;

/// What a thread uses has to outlive it, and one that hangs never ends: then this is never freed.
struct Fleet {
    explicit Fleet(LoadTarget& target) : run{target, {}, {}, 0, {}, {}, {}, false} {}
    LoadRun run;
    std::deque<ContextPlace> places;
    std::deque<ClientRecord> clients;
    std::deque<ClientRecord> releasers;
    std::vector<Thread> threads;
};

/// Opened once and kept: what a program has open that is at work already.
struct FirstContext {
    ContextHandle context = 0;
    KeyHandle key = 0;
    TargetFacts facts;
    Bytes public_key;
};

Result<void> look_at(LoadTarget& target, const RunOptions& options, FirstContext& first) {
    if (!options.pin.empty()) {
        // Which of its two PIN parameters a CSP wants, depends on the key.
        CARDMUX_TRY_ASSIGN(const KeyHandle probe, target.open_key(first.context));
        CARDMUX_TRY(target.close_key(first.context, probe));
        CARDMUX_TRY(target.present_pin(first.context, options.pin));
    }
    CARDMUX_TRY_ASSIGN(first.key, target.open_key(first.context));
    CARDMUX_TRY(target.read_key(first.context, first.key));
    CARDMUX_TRY_ASSIGN(first.public_key, target.public_key(first.context, first.key));
    first.facts = target.facts(first.context, first.key);
    return success();
}

Result<void> sign_once(LoadTarget& target, const RunOptions& options, const FirstContext& first) {
    const bool sha1 = options.client.sign_sha1;
    CARDMUX_TRY_ASSIGN(const Bytes hash, numbered_hash(system_random().next_u64(), 0, 0, sha1));
    CARDMUX_TRY_ASSIGN(Bytes signature, target.sign(first.context, first.key, hash));
    CARDMUX_TRY_ASSIGN(const PublicKey key, PublicKey::from(first.public_key));
    if (target.is_little_endian()) std::ranges::reverse(signature);
    if (!key.accepts(hash, signature, sha1))
        return Error(ErrorCode::ResponseWrong, "check the first signature");
    return success();
}

/// One place for each four clients, so that releases come under all of them.
unsigned place_count(const RunOptions& options) {
    if (options.client.mode == LoadMode::Own) return 0;
    return options.client.mode == LoadMode::Shared ? 1 : (options.threads + 3) / 4;
}

Result<void> fill_places(Fleet& fleet, const RunOptions& options) {
    for (unsigned i = 0; i < place_count(options); ++i) {
        auto shared = std::make_shared<SharedContext>();
        CARDMUX_TRY_ASSIGN(shared->handle, fleet.run.target.open());
        fleet.places.emplace_back(LockRank::Session, std::move(shared));
    }
    return success();
}

void start(Fleet& fleet, const RunOptions& options) {
    const auto start_one = [&fleet](const std::string& name, std::function<void()> body,
                                    ClientRecord& record) {
        fleet.threads.emplace_back();
        if (fleet.threads.back().start(name, std::move(body))) return;
        record.note(Error(ErrorCode::OutOfMemory, "start a thread"), Verdict::Error,
                    fleet.run.now_us());
        record.has_ended.store(true);
    };
    for (unsigned i = 0; i < options.threads; ++i) {
        ClientRecord& record = fleet.clients.emplace_back();
        ContextPlace* place =
            fleet.places.empty() ? nullptr : &fleet.places[i % fleet.places.size()];
        start_one(
            "load", [&fleet, &record, place, i] { run_client(fleet.run, place, i, record); },
            record);
    }
    for (ContextPlace& place : fleet.places) {
        ClientRecord& record = fleet.releasers.emplace_back();
        start_one(
            "release", [&fleet, &place, &record] { run_releaser(fleet.run, place, record); },
            record);
    }
}

bool have_ended(const std::deque<ClientRecord>& records) {
    return std::ranges::all_of(records,
                               [](const ClientRecord& record) { return record.has_ended.load(); });
}

/// returns   false: some thread did not come back in time
bool supervise(Fleet& fleet, const RunOptions& options) {
    const double limit = options.time_limit > 0 ? options.time_limit
                         : options.count != 0   ? 630
                                                : options.seconds + 30;
    const auto after = [&fleet](double seconds) {
        return fleet.run.origin +
               std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
    };
    const TimePoint stop = after(options.count != 0 ? limit : options.seconds);
    while (!have_ended(fleet.clients) && now() < stop && !fleet.run.shall_stop.load())
        sleep_for(supervision_interval);
    fleet.run.shall_stop.store(true);
    while (!have_ended(fleet.clients) || !have_ended(fleet.releasers)) {
        if (now() >= after(limit)) return false;
        sleep_for(supervision_interval);
    }
    return true;
}

load::LoadSubject subject_of(const RunOptions& options, const TargetFacts& facts) {
    load::LoadSubject subject;
    const bool direct = !options.target.direct_dll.empty();
    subject.module = direct ? options.target.direct_dll : options.is_ksp ? "ncrypt" : "advapi32";
    subject.description = facts.provider;
    subject.version = facts.version;
    subject.slot = facts.reader;
    subject.token_label = facts.container;
    subject.key_label = facts.container;
    subject.key = facts.key;
    subject.mechanism = facts.mechanism;
    subject.verified_with = "BCrypt, with the exported public key";
    subject.mode = options.mode;
    subject.threads = options.threads;
    subject.processes = 1;
    return subject;
}

/// Only of threads that have ended: the others may still write.
void collect(const ClientRecord& record, RunReport& report) {
    load::Observation& observation = report.common.observation;
    observation.samples.insert(observation.samples.end(), record.samples.begin(),
                               record.samples.end());
    add_errors(observation.errors, record.errors);
    add_errors(report.expected, record.expected);
    report.calls += record.calls;
    report.releases += record.releases;
    report.releases_under_use += record.releases_under_use;
}

void collect_stuck(const ClientRecord& record, std::int64_t now_us, load::LoadReport& report) {
    const char* call = record.call_name.load(std::memory_order_acquire);
    const double since = static_cast<double>(now_us - record.since_us.load()) * 1e-6;
    const std::string name = call == nullptr ? "the check of a signature" : call;
    const auto known = std::ranges::find(report.stuck, name, &load::StuckCall::call);
    if (known == report.stuck.end()) {
        report.stuck.push_back({name, 1, since});
        return;
    }
    ++known->clients;
    known->longest_s = std::max(known->longest_s, since);
}

void add_first_errors(RunReport& report) {
    for (const ObservedError& error : report.common.observation.errors) {
        const double at = static_cast<double>(error.first_us) * 1e-6;
        report.first_error_s = std::min(report.first_error_s.value_or(at), at);
        if (error.code.starts_with("0x6 "))
            report.first_invalid_handle_s =
                std::min(report.first_invalid_handle_s.value_or(at), at);
    }
}

RunReport report_of(const RunOptions& options, Fleet& fleet, const TargetFacts& facts,
                    bool has_hung) {
    RunReport report;
    load::LoadReport& common = report.common;
    common.subject = subject_of(options, facts);
    common.hung = has_hung;
    common.limit.note = "the tool does not measure the bare card on Windows";
    common.observation.ended_us = fleet.run.now_us();
    const bool by_time = options.count == 0 && !options.client.stop_at_first_error;
    if (by_time) common.observation.stop_us = static_cast<std::int64_t>(options.seconds * 1e6);
    for (auto* records : {&fleet.clients, &fleet.releasers})
        for (const ClientRecord& record : *records)
            if (record.has_ended.load())
                collect(record, report);
            else
                collect_stuck(record, fleet.run.now_us(), common);
    for (const ClientRecord& record : fleet.clients)
        common.observation.clients.push_back(record.has_ended.load() ? record.counts
                                                                     : load::ObservedClient{});
    common.figures = load::compute_figures(common.observation);
    add_first_errors(report);
    report.pin_refused = fleet.run.pin_refused.load();
    return report;
}

void end(Fleet& fleet, const FirstContext& first) {
    for (Thread& thread : fleet.threads) thread.join();
    LoadTarget& target = fleet.run.target;
    // The load is counted already; what closing the rest says adds nothing.
    for (ContextPlace& place : fleet.places) (void)target.close((*place.lock())->handle);
    (void)target.close_key(first.context, first.key);
    (void)target.close(first.context);
}

}  // namespace

Result<RunReport> run_load(const RunOptions& options) {
    auto made = options.is_ksp ? make_ksp_target(options.target) : make_csp_target(options.target);
    if (!made) return made.error();
    // Not freed: a thread that hangs in the provider uses both to the end of the process.
    LoadTarget* target = std::move(made).value().release();
    auto* fleet = new Fleet(*target);
    FirstContext first;
    CARDMUX_TRY_ASSIGN(first.context, target->open());
    CARDMUX_TRY(look_at(*target, options, first));
    CARDMUX_TRY(sign_once(*target, options, first));
    CARDMUX_TRY(fill_places(*fleet, options));
    fleet->run.options = options.client;
    fleet->run.public_key = first.public_key;
    fleet->run.number = system_random().next_u64();
    fleet->run.has_tickets = options.count != 0;
    fleet->run.tickets.store(static_cast<std::int64_t>(options.count));
    const double started_at = wall_clock_seconds();
    fleet->run.origin = now();
    start(*fleet, options);
    const bool has_ended = supervise(*fleet, options);
    RunReport report = report_of(options, *fleet, first.facts, !has_ended);
    report.common.started_at = started_at;
    if (has_ended) end(*fleet, first);
    return report;
}

}  // namespace cardmux::tool::windows

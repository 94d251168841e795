// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/random.h"
#include "base/sync.h"
#include "tool/load/child_process.h"
#include "tool/load/load_client.h"
#include "tool/load/load_run.h"

namespace cardmux::tool::load {
namespace {

constexpr double probe_limit_seconds = 30;

Duration seconds(double count) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(count));
}

/// Before the module is loaded: some read their environment only once.
void set_environment(const LoadOptions& options) {
    if (!options.service_class.empty()) setenv("CARDMUX_CLASS", options.service_class.c_str(), 1);
    for (const auto& [name, value] : options.environment) setenv(name.c_str(), value.c_str(), 1);
}

bool open_noting_failure(const LoadOptions& options, const KeySelector& selector, RunRecord& record,
                         unsigned process, Pkcs11Target& target) {
    ProcessRecord& mine = record.process(process);
    TargetFailure failure;
    mine.stage.store(Stage::Starting);
    if (open_target(options, selector, mine.facts, target, failure)) {
        mine.ready_us.store(record.microseconds_now());
        return true;
    }
    mine.failure.set(failure.text);
    mine.failure_exit_code.store(static_cast<int>(failure.exit_code));
    record.add_error(process, failure.call, failure.code);
    return false;
}

/// The threads of one loading process.
void run_threads(const LoadOptions& options, const Pkcs11Target& target, RunRecord& record,
                 unsigned process, std::uint64_t run) {
    std::vector<Thread> threads(options.threads);
    for (unsigned i = 0; i < options.threads; ++i) {
        const ClientPlace place{process, process * options.threads + i, run};
        const bool started = threads[i].start(fmt::format("load {}", place.client), [&, place] {
            run_client(options, target, record, place);
        });
        if (!started) record.process(process).failure.set("the system has no more threads to give");
    }
    for (Thread& thread : threads)
        if (thread.is_running()) thread.join();
}

/// A pipe that lets all children go at the same moment: they read until its end.
class StartLine {
  public:
    static Result<std::unique_ptr<StartLine>> create() {
        auto line = std::unique_ptr<StartLine>(new StartLine());
        if (pipe(line->ends_) != 0)
            return Error(ErrorCode::SystemFailed, "pipe").with_platform_code(errno);
        return line;
    }
    ~StartLine() {
        close(ends_[0]);
        if (ends_[1] >= 0) close(ends_[1]);
    }
    StartLine(const StartLine&) = delete;
    StartLine& operator=(const StartLine&) = delete;

    void wait_in_child() {
        close(ends_[1]);
        ends_[1] = -1;
        char byte = 0;
        while (read(ends_[0], &byte, 1) < 0 && errno == EINTR) {
        }
    }
    void go() {
        close(ends_[1]);
        ends_[1] = -1;
    }

  private:
    StartLine() = default;
    int ends_[2] = {-1, -1};
};

int run_loading_process(const LoadOptions& options, const KeySelector& selector, RunRecord& record,
                        unsigned process, std::uint64_t run) {
    set_environment(options);
    Pkcs11Target target;
    ProcessRecord& mine = record.process(process);
    if (open_noting_failure(options, selector, record, process, target)) {
        mine.stage.store(Stage::Running);
        run_threads(options, target, record, process, run);
    }
    mine.stage.store(Stage::Finishing);
    close_target(target);
    mine.stage.store(Stage::Ended);
    return 0;
}

/// Waits for all children with a look at the progress each second. False: the time is over.
bool watch(std::vector<ChildProcess>& children, RunRecord& record, Deadline deadline,
           const ProgressFunction& progress) {
    TimePoint next_look = now() + std::chrono::seconds(1);
    for (ChildProcess& child : children) {
        while (!child.wait(deadline.or_at(next_look))) {
            if (deadline.has_passed()) return false;
            if (progress) progress(record);
            next_look += std::chrono::seconds(1);
        }
    }
    return true;
}

ProcessEnd end_of(ChildProcess& child, ProcessRecord& record) {
    ProcessEnd end;
    end.hung = !child.has_ended();
    if (end.hung) child.kill();
    end.crashed = !end.hung && (!child.succeeded() || record.stage.load() != Stage::Ended);
    end.how = end.hung ? "killed at the time limit" : child.describe_end();
    return end;
}

}  // namespace

Result<RunEnd> probe_target(const LoadOptions& options, const KeySelector& selector) {
    RunEnd end;
    end.record = RunRecord::create(1, 1);
    if (!end.record) return Error(ErrorCode::OutOfMemory, "make the record of a run");
    auto child = ChildProcess::start([&] {
        set_environment(options);
        Pkcs11Target target;
        (void)open_noting_failure(options, selector, *end.record, 0, target);
        close_target(target);
        end.record->process(0).stage.store(Stage::Ended);
        return 0;
    });
    if (!child) return child.error();
    (void)child->wait(Deadline::after(seconds(probe_limit_seconds)));
    end.processes.push_back(end_of(*child, end.record->process(0)));
    return end;
}

Result<RunEnd> run_load(const LoadOptions& options, const KeySelector& selector,
                        const ProgressFunction& progress) {
    RunEnd end;
    end.record = RunRecord::create(options.processes, options.threads);
    if (!end.record) return Error(ErrorCode::OutOfMemory, "make the record of a run");
    RunRecord& record = *end.record;
    record.set_tickets(options.count);
    CARDMUX_TRY_ASSIGN(const auto line, StartLine::create());
    const std::uint64_t run = system_random().next_u64();
    std::vector<ChildProcess> children;
    children.reserve(options.processes);
    for (unsigned process = 0; process < options.processes; ++process) {
        CARDMUX_TRY_ASSIGN(auto child, ChildProcess::start([&, process] {
                               line->wait_in_child();
                               return run_loading_process(options, selector, record, process, run);
                           }));
        children.push_back(std::move(child));
    }
    record.started_us().store(record.microseconds_now());
    line->go();
    (void)watch(children, record, Deadline::after(seconds(options.run_limit())), progress);
    end.ended_us = record.microseconds_now();
    for (unsigned process = 0; process < options.processes; ++process)
        end.processes.push_back(end_of(children[process], record.process(process)));
    return end;
}

}  // namespace cardmux::tool::load

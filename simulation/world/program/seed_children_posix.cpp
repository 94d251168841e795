// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "simulation/world/program/seed_children.h"

namespace cardmux::simulation {
namespace {

using nlohmann::json;

struct Child {
    std::uint64_t seed = 0;
    int output = -1;  ///< a file in memory: the report, or what a failure printed
};

std::string encode(const RunReport& report) {
    return json({{"operations", report.counts.operations},
                 {"signatures", report.counts.signatures},
                 {"errors", report.counts.errors},
                 {"apdus", report.counts.apdus},
                 {"faults", report.counts.faults},
                 {"results", report.counts.results},
                 {"steps", report.steps},
                 {"switches", report.switches},
                 {"schedule", report.schedule_hash},
                 {"time", report.time.count()}})
        .dump();
}

std::string read_all(int file) {
    std::string text;
    std::array<char, 4096> part{};
    lseek(file, 0, SEEK_SET);
    for (ssize_t size = 0; (size = read(file, part.data(), part.size())) > 0;)
        text.append(part.data(), static_cast<std::size_t>(size));
    return text;
}

/// Threads that take turns pass the baton faster where they share a processor.
void stay_on_one_processor(std::uint64_t seed) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    std::uint64_t skipped = seed % static_cast<std::uint64_t>(CPU_COUNT(&allowed));
    for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &allowed) || skipped-- > 0) continue;
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        (void)sched_setaffinity(0, sizeof one, &one);
        return;
    }
}

[[noreturn]] void live_in_child(const Child& child, unsigned seconds,
                                const std::function<RunReport(std::uint64_t)>& run) {
    dup2(child.output, STDOUT_FILENO);
    dup2(child.output, STDERR_FILENO);
    alarm(seconds);
    stay_on_one_processor(child.seed);
    const std::string text = encode(run(child.seed));
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(nullptr);
    std::_Exit(0);
}

std::string ending_of(int status) {
    if (!WIFSIGNALED(status)) return {};
    if (WTERMSIG(status) == SIGALRM) return "FAILED: no end within the limit of real time\n";
    return "FAILED: ended by signal " + std::to_string(WTERMSIG(status)) + "\n";
}

}  // namespace

void Summary::add(const std::string& report) {
    const json said = json::parse(report);
    counts.operations += said["operations"].get<std::uint64_t>();
    counts.signatures += said["signatures"].get<std::uint64_t>();
    counts.errors += said["errors"].get<std::uint64_t>();
    counts.apdus += said["apdus"].get<std::uint64_t>();
    for (const auto& [name, count] : said["faults"].items())
        counts.faults[name] += count.get<std::uint64_t>();
    for (const auto& [name, count] : said["results"].items())
        counts.results[name] += count.get<std::uint64_t>();
    steps += said["steps"].get<std::uint64_t>();
    switches += said["switches"].get<std::uint64_t>();
    time += Duration(said["time"].get<Duration::rep>());
    schedules.insert(said["schedule"].get<std::uint64_t>());
}

Summary run_in_children(SeedRange seeds, const ChildrenOptions& options,
                        const std::function<RunReport(std::uint64_t)>& run,
                        const std::function<void(std::uint64_t, const std::string&)>& failed) {
    Summary summary;
    std::map<pid_t, Child> living;
    std::uint64_t next = seeds.first;
    std::fflush(nullptr);
    for (;;) {
        const bool begins = next <= seeds.last && summary.failures < options.failures_max;
        if (!begins && living.empty()) return summary;
        if (begins && living.size() < options.jobs) {
            const Child child{next++, memfd_create("run", MFD_CLOEXEC)};
            const pid_t process = fork();
            if (process == 0) live_in_child(child, options.seconds_per_seed, run);
            living[process] = child;
            continue;
        }
        int status = 0;
        const pid_t ended = waitpid(-1, &status, 0);
        const auto found = living.find(ended);
        if (found == living.end()) continue;
        const Child child = found->second;
        living.erase(found);
        const std::string text = read_all(child.output);
        close(child.output);
        ++summary.runs;
        if (status == 0) {
            summary.add(text);
            continue;
        }
        ++summary.failures;
        const std::string told = text + ending_of(status);
        if (summary.first_failure.empty()) summary.first_failure = told;
        failed(child.seed, told);
    }
}

}  // namespace cardmux::simulation

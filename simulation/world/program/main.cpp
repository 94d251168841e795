// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// cardmux_simulation: runs seeds of the simulated world, or replays one (docs/simulation.md).
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "simulation/world/program/seed_children.h"

namespace {

using namespace cardmux::simulation;

struct Arguments {
    std::string seeds = "1..100";
    std::uint64_t seed = 0;
    std::uint64_t sweep = 0;
    bool calm = false;
    bool trace = false;
    std::string canary;
    bool as_json = false;
    ChildrenOptions children;
};

constexpr const char* example = R"(
Examples:
  cardmux_simulation --seeds 1..2000           2 000 worlds; prints what they covered
  cardmux_simulation --seed 59 --trace         one world again, with everything that happened
  cardmux_simulation --seed 7 --calm --trace   the same world without faults
  cardmux_simulation --seeds 7..7 --sweep 12   the one fault comes at the 12th chance
A seed that fails prints the end of its trace, and the line that replays it.)";

WorldOptions options_of(const Arguments& arguments, std::uint64_t seed) {
    WorldOptions options;
    options.seed = seed;
    if (arguments.calm) options.faults = FaultPlan::Mode::Calm;
    if (arguments.sweep != 0) {
        options.faults = FaultPlan::Mode::Sweep;
        options.sweep_step = arguments.sweep;
    }
    if (arguments.trace) options.trace_lines_kept = 0;
    options.canary = canary_named(arguments.canary).value_or(Canary::None);
    return options;
}

/// FROM..TO, or one number.
std::optional<SeedRange> parse_range(const std::string& text) {
    const std::size_t dots = text.find("..");
    const std::string first = text.substr(0, dots);
    const std::string last = dots == std::string::npos ? first : text.substr(dots + 2);
    const auto is_number = [](const std::string& digits) {
        return !digits.empty() && digits.size() < 19 &&
               digits.find_first_not_of("0123456789") == std::string::npos;
    };
    if (!is_number(first) || !is_number(last)) return std::nullopt;
    const SeedRange range{std::stoull(first), std::stoull(last)};
    if (range.first > range.last) return std::nullopt;
    return range;
}

std::string list(const std::map<std::string, std::uint64_t>& counts) {
    std::string text;
    for (const auto& [name, count] : counts)
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
    return text.empty() ? "none" : text;
}

void print(const Summary& summary) {
    fmt::print("{} runs, {} failed; {} distinct schedules\n", summary.runs, summary.failures,
               summary.schedules.size());
    fmt::print("{} calls, {} right signatures, {} APDUs; {:.0f} s of virtual time\n",
               summary.counts.operations, summary.counts.signatures, summary.counts.apdus,
               cardmux::milliseconds(summary.time) / 1000);
    fmt::print("{} steps, {} switches between threads\n", summary.steps, summary.switches);
    fmt::print("faults: {}\n", list(summary.counts.faults));
    fmt::print("results: {}\n", list(summary.counts.results));
}

void print_json(const Summary& summary) {
    const nlohmann::json said = {{"runs", summary.runs},
                                 {"failures", summary.failures},
                                 {"distinct_schedules", summary.schedules.size()},
                                 {"calls", summary.counts.operations},
                                 {"signatures", summary.counts.signatures},
                                 {"apdus", summary.counts.apdus},
                                 {"steps", summary.steps},
                                 {"switches", summary.switches},
                                 {"virtual_seconds", cardmux::milliseconds(summary.time) / 1000},
                                 {"faults", summary.counts.faults},
                                 {"results", summary.counts.results}};
    fmt::print("{}\n", said.dump());
}

int replay(const Arguments& arguments) {
    const RunReport report = run_seed(options_of(arguments, arguments.seed));
    if (arguments.trace) {
        fmt::print("{}\n", Trace::header());
        for (const std::string& line : report.trace) fmt::print("{}\n", line);
    }
    fmt::print("seed {}: {} calls, {} right signatures, {} steps, trace {:016x}\n", arguments.seed,
               report.counts.operations, report.counts.signatures, report.steps, report.trace_hash);
    return 0;
}

int run_all(const Arguments& arguments, SeedRange range) {
    const Summary summary = run_in_children(
        range, arguments.children,
        [&](std::uint64_t seed) { return run_seed(options_of(arguments, seed)); },
        [](std::uint64_t seed, const std::string& text) {
            fmt::print(stderr, "---- seed {}\n{}\n", seed, text);
        });
    arguments.as_json ? print_json(summary) : print(summary);
    return summary.failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app(
        "Cardmux in a simulated world: its shipped code, with locks, threads, time, "
        "chance, cards and faults from a seed.");
    app.footer(example);
    app.add_option("--seeds", arguments.seeds, "which seeds, FROM..TO")->capture_default_str();
    app.add_option("--seed", arguments.seed, "one seed, in this process (for a debugger)");
    app.add_flag("--trace", arguments.trace, "print all of the trace, not its end");
    app.add_flag("--calm", arguments.calm, "no faults");
    app.add_option("--sweep", arguments.sweep, "one fault, at the n-th place that allows one");
    app.add_option("--canary", arguments.canary,
                   "a world in which something is wrong on purpose, which has to be found")
        ->check(CLI::IsMember(canary_names()));
    app.add_flag("--json", arguments.as_json, "the summary as one line of JSON");
    app.add_option("--jobs", arguments.children.jobs, "runs at the same time")
        ->check(CLI::Range(1, 64))
        ->capture_default_str();
    app.add_option("--seconds", arguments.children.seconds_per_seed,
                   "of real time after which a run hangs")
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    if (arguments.seed != 0) return replay(arguments);
    const auto range = parse_range(arguments.seeds);
    if (!range) {
        fmt::print(stderr, "--seeds: FROM..TO, as 1..2000\n");
        return 2;
    }
    return run_all(arguments, *range);
}

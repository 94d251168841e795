// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// cardmux-explore: visits every world of the transaction machine within bounds. docs/guarantees.md.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/explorer/exploration.h"

namespace cardmux::explorer {
namespace {

constexpr const char* examples = R"(Examples:
  cardmux-explore --clients 2 --faults 1
  cardmux-explore --settings ride_through --json

Exit codes: 0 every promise held in every world; 1 one did not: the shortest way there is printed;
2 the options make no sense.)";

using Settings = std::pair<std::string, MachineSettings>;

std::vector<Settings> all_settings() {
    std::vector<Settings> all{{"default", small_settings},
                              {"ride_through", small_settings},
                              {"no_holds", small_settings},
                              {"no_gaps", small_settings}};
    all[1].second.rides_through = true;
    all[2].second.holds = false;
    all[3].second.gaps = false;
    return all;
}

struct Options {
    Bounds bounds;
    std::vector<std::string> settings{"default"};
    unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    bool json = false;
};

void print(const std::string& name, const Explored& explored, double seconds, bool json) {
    if (json) {
        nlohmann::ordered_json line{{"settings", name},
                                    {"worlds", explored.worlds},
                                    {"transitions", explored.transitions},
                                    {"depth", explored.depth},
                                    {"longest_way_back", explored.longest_way_back},
                                    {"seconds", seconds},
                                    {"megabytes", explored.bytes >> 20},
                                    {"violation", nullptr}};
        if (explored.violation) line["violation"] = name_of(explored.violation->invariant);
        for (std::size_t i = 0; i < transaction::phase_count; ++i) {
            line["worlds_in"][transaction::name_of(static_cast<transaction::Phase>(i))] =
                explored.worlds_in.at(i);
        }
        fmt::print("{}\n", line.dump());
        return;
    }
    fmt::print(
        "{:<12} {:>9} worlds {:>10} transitions, depth {:>3}, way back {:>2} steps, "
        "{:.1f} s, {} MB\n",
        name, explored.worlds, explored.transitions, explored.depth, explored.longest_way_back,
        seconds, explored.bytes >> 20);
    if (!explored.violation) return;
    fmt::print("VIOLATION of {}: {}\n{}", name_of(explored.violation->invariant),
               explored.violation->what, explored.way);
}

bool is_among(const std::string& name, const std::vector<std::string>& words) {
    return std::ranges::any_of(
        words, [&](const std::string& word) { return word == "all" || word == name; });
}

int run(const Options& options) {
    int result = 0;
    for (const auto& [name, settings] : all_settings()) {
        if (!is_among(name, options.settings)) continue;
        const Model model{options.bounds, settings, settings};
        const auto start = std::chrono::steady_clock::now();
        const Explored explored = explore(model, options.threads);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        print(name, explored, took.count(), options.json);
        std::fflush(stdout);
        if (explored.violation) result = 1;
    }
    return result;
}

}  // namespace
}  // namespace cardmux::explorer

int main(int argc, char** argv) {
    using namespace cardmux::explorer;
    Options options;
    Bounds& bounds = options.bounds;
    CLI::App app{
        "Visits every order of events of the transaction machine within these bounds and "
        "checks the promises in every world."};
    app.footer(examples);
    const auto count = [&](const char* name, unsigned& value, unsigned most, const char* text) {
        app.add_option(name, value, text)->check(CLI::Range(0U, most))->capture_default_str();
    };
    app.add_option("--clients", bounds.clients, "clients; the later half are bulk, of 3 the last")
        ->check(CLI::Range(1U, clients_max))
        ->capture_default_str();
    count("--operations", bounds.operations, operations_max, "operations of each client");
    count("--at-once", bounds.at_once, operations_max, "requests a client has open at a time");
    count("--faults", bounds.faults, 4, "resets, removals, failures of begin, service gone");
    count("--withdrawals", bounds.withdrawals, 4, "cancels and deadlines");
    count("--wishes", bounds.wishes, 4, "of other processes for the turn");
    count("--logouts", bounds.logouts, 2, "that want the hold to end");
    count("--stops", bounds.stops, 1, "of the whole machine");
    count("--threads", options.threads, 64, "that explore");
    app.add_option("--settings", options.settings,
                   "default, ride_through, no_holds, no_gaps or all")
        ->check(CLI::IsMember({"default", "ride_through", "no_holds", "no_gaps", "all"}))
        ->delimiter(',')
        ->capture_default_str();
    app.add_flag("!--unsimplified", bounds.simplified,
                 "tell worlds apart that differ in nothing that matters: slow");
    app.add_flag("--json", options.json, "one line of JSON for each setting");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    return run(options);
}

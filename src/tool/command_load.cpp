// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tool/answer.h"
#include "tool/command.h"
#include "tool/key_name.h"
#include "tool/load/card_limit.h"
#include "tool/load/foreign_program.h"
#include "tool/load/load_run.h"
#include "tool/load/observe.h"
#include "tool/pin_source.h"
#include "tool/world.h"

namespace cardmux::tool {
namespace {

using namespace load;

constexpr const char* examples = R"(Examples:
  cardmux load --module ./cardmux-pkcs11-simulated.so --threads 64 --seconds 10
  cardmux load --threads 8 --mode churn --pin-file pin.txt
  cardmux load --module /usr/lib/x86_64-linux-gnu/opensc-pkcs11.so --pin-file pin.txt --picture
  cardmux load --processes 2 --threads 8 --class bulk --json --pin-fd 3 3<pin.txt
  cardmux load --foreign --seconds 60 --every 3

Exit codes: 0 all signatures right and no error; 1 errors, wrong signatures or a crash; 2 usage;
3 no such token; 4 PIN; 6 no such key; 7 the module hung and was ended at the time limit.)";

struct LoadCommandOptions {
    LoadOptions load;
    PinSource pin_source;
    std::string key;
    std::string mode = "plain";
    std::vector<std::string> environment;
    bool no_limit = false;
    bool json = false;
    bool picture = false;
    bool timeline = false;
    bool progress = false;
    bool foreign = false;
    ForeignRequest foreign_request;
};

std::string module_beside_the_tool() {
    std::error_code failure;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
    return (self.parent_path() / "cardmux-pkcs11.so").string();
}

bool is_simulated_module(const std::string& path) {
    return std::filesystem::path(path).stem() == "cardmux-pkcs11-simulated";
}

/// errors    reported on stderr; the exit code is returned
ExitCode read_environment(LoadCommandOptions& options) {
    for (const std::string& setting : options.environment) {
        const std::size_t equals = setting.find('=');
        if (equals == std::string::npos || equals == 0)
            return report_problem(ExitCode::Usage, "--env " + setting + " is not NAME=VALUE",
                                  "write --env CARDMUX_LOG=/tmp/cardmux.log");
        options.load.environment.emplace_back(setting.substr(0, equals),
                                              setting.substr(equals + 1));
    }
    return ExitCode::Ok;
}

/// What the module's process will have under this name.
std::string environment_value(const LoadOptions& options, const char* name) {
    for (const auto& [key, value] : options.environment)
        if (key == name) return value;
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

ExitCode read_pin_for_load(LoadCommandOptions& options, const Pkcs11Uri& uri) {
    LoadOptions& load = options.load;
    std::string problem;
    const auto source = pin_source_for(uri, options.pin_source, problem);
    if (!source) return report_problem(ExitCode::Usage, problem, "leave it out, or use --pin-file");
    const bool takes_default = load.is_simulated_module && !source->is_given();
    ExitCode exit_code = ExitCode::Ok;
    const std::string known = simulated_pin(environment_value(load, "CARDMUX_SIMULATE"));
    auto pin = takes_default ? std::optional<SecretBytes>(SecretBytes(bytes_of(known)))
                             : read_pin_or_report(*source, "PIN: ", exit_code);
    if (!pin) return exit_code;
    load.pin = std::move(*pin);
    load.pin.keep_in_children();  // the loading processes log in with it
    load.has_pin = true;
    return ExitCode::Ok;
}

ExitCode read_key_name(const LoadCommandOptions& options, KeySelector& selector) {
    std::string problem;
    selector.any_key_will_do = options.key.empty();
    const std::string name = options.key.empty() ? "9a" : options.key;
    const auto uri = parse_key_name(name, {"private"}, problem);
    if (!uri)
        return report_problem(ExitCode::Usage, problem, "`cardmux list` shows keys and names");
    selector.uri = *uri;
    return ExitCode::Ok;
}

ExitCode prepare(LoadCommandOptions& options, KeySelector& selector) {
    LoadOptions& load = options.load;
    if (load.module.empty()) load.module = module_beside_the_tool();
    // dlopen looks for a name without a folder where the system has its libraries.
    const bool is_path = load.module.find('/') != std::string::npos;
    if (is_path && access(load.module.c_str(), R_OK) != 0)
        return report_problem(ExitCode::Usage,
                              fmt::format("--module {}: {}", load.module, std::strerror(errno)),
                              "give the file of a PKCS#11 module");
    load.mode = options.mode == "churn" ? LoadMode::Churn : LoadMode::Plain;
    load.is_simulated_module = is_simulated_module(load.module);
    load.measure_limit = !options.no_limit;
    if (!load.mechanism.empty() && find_mechanism(load.mechanism) == nullptr)
        return report_problem(ExitCode::Usage, "unknown mechanism " + load.mechanism,
                              "use one of " + mechanism_names());
    for (const auto step : {read_environment(options), read_key_name(options, selector)})
        if (step != ExitCode::Ok) return step;
    return read_pin_for_load(options, selector.uri);
}

LimitRequest limit_request(const LoadOptions& options, const TargetFacts& facts) {
    LimitRequest request;
    request.reader = facts.slot.get();
    request.is_simulated = options.is_simulated_module;
    request.simulation = environment_value(options, "CARDMUX_SIMULATE");
    if (request.simulation.empty()) request.simulation = "instant";  // as the module itself
    request.public_key_info.assign(facts.public_key_info.begin(),
                                   facts.public_key_info.begin() + facts.public_key_info_size);
    const auto id = from_hex(facts.key_id.get());
    for (const int reference : {0x9A, 0x9C, 0x9D, 0x9E})
        if (id && *id == id_of_piv_key(static_cast<std::uint8_t>(reference)))
            request.key_reference = static_cast<std::uint8_t>(reference);
    request.pin = &options.pin;
    request.seconds = options.limit_seconds;
    return request;
}

/// Says what the probe found wrong, if it did.
ExitCode judge_probe(const LoadOptions& options, RunEnd& probe) {
    ProcessRecord& record = probe.record->process(0);
    if (probe.processes[0].hung)
        return report_problem(ExitCode::TimedOut, options.module + " hung while it was opened",
                              "`cardmux doctor` shows who holds the card");
    const int exit_code = record.failure_exit_code.load();
    if (exit_code != 0)
        return report_problem(static_cast<ExitCode>(exit_code), std::string(record.failure.get()),
                              "check --module, --slot, --token-label, --key and the PIN; `cardmux "
                              "list` and `cardmux doctor` show what is there");
    if (probe.processes[0].crashed)
        return report_problem(ExitCode::Failed,
                              options.module + " ended by " + probe.processes[0].how,
                              "the module fails in a process with one thread already");
    return ExitCode::Ok;
}

ProgressFunction make_progress(const LoadCommandOptions& options) {
    const bool is_terminal = isatty(STDERR_FILENO) == 1;
    if (!is_terminal && !options.progress) return nullptr;
    return [is_terminal, seen = std::uint64_t{0}](RunRecord& record) mutable {
        const std::string line = progress_text(record, seen);
        fmt::print(stderr, "{}{}{}", is_terminal ? "\r\033[K" : "", line, is_terminal ? "" : "\n");
        std::fflush(stderr);
    };
}

void print_report(const LoadCommandOptions& options, const LoadReport& report) {
    if (isatty(STDERR_FILENO) == 1) fmt::print(stderr, "\r\033[K");
    if (options.json) {
        give_answer(to_json(report));
        if (options.picture) fmt::print(stderr, "{}", picture_of(report.observation));
        return;
    }
    fmt::print("{}", to_text(report));
    if (options.picture) fmt::print("{}", picture_of(report.observation));
}

void add_limit(LimitReport& limit, std::optional<double>& place, const LimitRequest& request) {
    const LimitResult result = measure_limit(request);
    place = result.rate;
    if (!result.note.empty()) limit.note = result.note;
}

ExitCode run_load_command(LoadCommandOptions& options) {
    KeySelector selector;
    const ExitCode prepared = prepare(options, selector);
    if (prepared != ExitCode::Ok) return prepared;
    auto probe = probe_target(options.load, selector);
    if (!probe) return report_error("start a process", probe.error());
    const ExitCode probed = judge_probe(options.load, *probe);
    if (probed != ExitCode::Ok) return probed;
    const LimitRequest request = limit_request(options.load, probe->record->process(0).facts);
    LimitReport limit;
    if (!options.load.measure_limit) limit.note = "--no-limit";
    if (options.load.measure_limit) add_limit(limit, limit.before, request);
    const double started_at = wall_clock_seconds();
    auto end = run_load(options.load, selector, make_progress(options));
    if (!end) return report_error("start the loading processes", end.error());
    if (limit.before) add_limit(limit, limit.after, request);
    LoadReport report = report_of(options.load, *end);
    report.limit = limit;
    report.with_timeline = options.timeline;
    report.started_at = started_at;
    print_report(options, report);
    return report.exit_code();
}

ExitCode run_foreign_command(const LoadCommandOptions& options) {
    ForeignRequest request = options.foreign_request;
    request.seconds = options.load.seconds;
    const auto report = run_foreign_program(request);
    if (!report) return report_error("start a process", report.error());
    if (options.json)
        give_answer(to_json(*report));
    else
        fmt::print("{}", to_text(*report));
    if (report->hung) return ExitCode::TimedOut;
    return report->errors == 0 && !report->begin_ms.empty() ? ExitCode::Ok : ExitCode::Failed;
}

void add_load_options(CLI::App& command, LoadCommandOptions& options) {
    LoadOptions& load = options.load;
    command.add_option("--module", load.module,
                       "PKCS#11 module [cardmux-pkcs11.so beside the tool]");
    command.add_option("--threads", load.threads, "Threads in each process [4]")
        ->check(CLI::Range(1, 4096));
    command.add_option("--processes", load.processes, "Processes, started together [1]")
        ->check(CLI::Range(1, 15));
    auto* seconds = command.add_option("--seconds", load.seconds, "How long [10]")
                        ->check(CLI::Range(0.1, 86400.0));
    command.add_option("--count", load.count, "End after so many signatures in all")
        ->excludes(seconds);
    command
        .add_option(
            "--mode", options.mode,
            "plain: a session for each thread. churn: open a session, find the key, read its "
            "attributes, sign, close [plain]")
        ->check(CLI::IsMember({"plain", "churn"}));
    command.add_option("--mechanism", load.mechanism, mechanism_names() + " [by the key's type]");
    command.add_option("--class", load.service_class, "interactive or bulk: sets CARDMUX_CLASS")
        ->check(CLI::IsMember({"interactive", "bulk"}));
    command.add_option("--key", options.key, "9a, 9c, ... or a PKCS #11 URI [9a, else the first]");
    command.add_option("--slot", load.slot, "Slot number [the first with a token]");
    command.add_option("--token-label", load.token_label, "Token with this label");
    command.add_option("--env", options.environment, "NAME=VALUE, set before the module is loaded");
    command.add_option("--time-limit", load.time_limit,
                       "Seconds after which a hanging module is ended [--seconds and 30 more]");
    command
        .add_option("--limit-seconds", load.limit_seconds,
                    "How long to measure the bare card, before and after [2]")
        ->check(CLI::Range(0.1, 600.0));
    command.add_flag("--no-limit", options.no_limit, "Do not measure the bare card");
}

void add_output_options(CLI::App& command, LoadCommandOptions& options) {
    command.add_flag("--json", options.json, "One JSON object on stdout");
    command.add_flag("--picture", options.picture, "Draw the run, a column for each 100 ms");
    command.add_flag("--timeline", options.timeline, "Counts for each 100 ms, in the JSON");
    command.add_flag("--progress", options.progress,
                     "A line each second on stderr, even if it is no terminal");
    command.add_flag(
        "--foreign", options.foreign,
        "Instead of loading a module be a foreign PC/SC program, and measure its waits");
    command.add_option("--reader", options.foreign_request.reader,
                       "With --foreign: the reader [the first with a card]");
    command
        .add_option("--every", options.foreign_request.every_seconds,
                    "With --foreign: seconds between two visits on average, at random [3]")
        ->check(CLI::Range(0.05, 3600.0));
    command.add_flag("--keep-connection", options.foreign_request.keeps_connection,
                     "With --foreign: connect once, not for each visit");
}

}  // namespace

void add_load_command(CLI::App& app, CommandContext& context) {
    auto options = std::make_shared<LoadCommandOptions>();
    CLI::App* command =
        app.add_subcommand("load",
                           "Sign with any PKCS#11 module, as hard as you like, and check "
                           "every signature");
    command->footer(examples);
    add_load_options(*command, *options);
    add_output_options(*command, *options);
    add_pin_options(*command, options->pin_source);
    command->callback([options, &context] {
        context.exit_code =
            options->foreign ? run_foreign_command(*options) : run_load_command(*options);
    });
}

}  // namespace cardmux::tool

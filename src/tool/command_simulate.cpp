// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "tool/command.h"
#include "tool/simulate_loop.h"
#include "tool/simulate_world.h"

namespace cardmux::tool {
namespace {

constexpr const char* examples = R"(
Examples:
  cardmux simulate --pcscd --profile yubikey5
  cardmux simulate --pcscd --exec opensc-tool --list-readers
  cardmux simulate --pcscd --readers 4 --control /tmp/cards &
  cardmux simulate ctl --control /tmp/cards remove 0

Exit codes: 0 ended as told; with --exec the program's own; 1 the program, pcscd or --control cannot
be started; 2 usage; 5 nobody listens on --port; 7 pcscd does not see the cards.)";

constexpr const char* control_examples = R"(Examples:
  cardmux simulate ctl --control /tmp/cards status
  cardmux simulate ctl --control /tmp/cards remove 0
  cardmux simulate ctl --control /tmp/cards pcscd kill

`ctl ... help` lists the commands. The answer is one JSON object.
Exit codes: 0 done; 1 refused (the answer says why), or no simulation listens there; 2 usage.)";

void announce(const SimulateOptions& options, const nlohmann::json& description) {
    std::FILE* out =
        options.execute ? stderr : stdout;  // stdout belongs to the program that we run
    if (options.json) {
        fmt::print(out, "{}\n", description.dump());
    } else {
        if (description.contains("environment")) {
            fmt::print(out, "PCSCLITE_CSOCK_NAME={}\n",
                       description["environment"]["PCSCLITE_CSOCK_NAME"].get<std::string>());
        }
        int number = 0;
        for (const auto& reader : description["readers"]) {
            fmt::print(out, "reader {}: {} (port {})\n", number++,
                       reader["name"].get<std::string>(), reader["port"].get<int>());
        }
        fmt::print(out, "ready\n");
    }
    std::fflush(out);
}

ExitCode check_options(const SimulateOptions& options) {
    if (!options.private_pcscd && options.port == 0) {
        return report_problem(ExitCode::Usage, "simulate: where should the cards go?",
                              "--pcscd for a pcscd of your own, or --port for one that runs");
    }
    if (options.execute == options.command.empty()) {
        return report_problem(ExitCode::Usage,
                              options.execute ? "simulate: --exec without a command"
                                              : "simulate: not understood: " + options.command[0],
                              "cardmux simulate --help");
    }
    return ExitCode::Ok;
}

ExitCode run_simulate(const SimulateOptions& options) {
    const ExitCode usable = check_options(options);
    if (usable != ExitCode::Ok) return usable;
    if (options.die_with_parent) (void)::prctl(PR_SET_PDEATHSIG, SIGTERM);
    SimulateLoop loop;  // before the first thread; its end ends what is left
    SimulateWorld world(options);
    const auto started = world.start();
    if (!started.ok()) {
        const ExitCode exit_code = exit_code_for(started.error());
        return report_problem(exit_code, "simulate: " + world.problem(), world.next_step());
    }
    if (!options.control_path.empty()) {
        const auto listening = loop.listen(options.control_path);
        if (!listening.ok())
            return report_system_error("listen on --control " + options.control_path,
                                       listening.error());
    }
    if (!options.execute || options.json) announce(options, world.description());
    if (options.execute) {
        const auto program = loop.start_program(options.command);
        if (!program.ok())
            return report_system_error("start " + options.command[0], program.error());
    }
    return static_cast<ExitCode>(loop.run(world, !options.execute));
}

ExitCode run_control(const std::string& path, const std::vector<std::string>& words) {
    std::string command;
    for (const std::string& word : words) command += (command.empty() ? "" : " ") + word;
    const auto answer = send_control_command(path, command);
    if (!answer.ok()) return report_system_error("reach the simulation at " + path, answer.error());
    fmt::print("{}\n", *answer);
    const auto object = nlohmann::json::parse(*answer, nullptr, false);
    return object.is_object() && object.value("ok", false) ? ExitCode::Ok : ExitCode::Failed;
}

void add_world_options(CLI::App& command, SimulateOptions& options) {
    command.add_option("--readers", options.readers, "How many readers, each with a card")
        ->check(CLI::Range(1, simulation::virtual_readers_max))
        ->capture_default_str();
    command
        .add_option("--profile", options.profile,
                    "How long commands take: instant, fixed:10ms, yubikey5, certum, nitrokey3")
        ->capture_default_str();
    command.add_option(
        "--card", options.card_settings,
        "A word about the cards, as in CARDMUX_SIMULATE (key=p256, empty, 61xx ...), or "
        "plain: no YubiKey; repeatable");
    command
        .add_option("--port,--first-port", options.port,
                    "TCP port of the first reader: of a vpcd that runs already (Debian's: 35963), "
                    "or with --pcscd, ours")
        ->check(CLI::Range(1, 65500));
    command.add_flag("--empty", options.start_empty, "Start with empty readers");
}

void add_process_options(CLI::App& command, SimulateOptions& options) {
    command.add_flag("--pcscd", options.private_pcscd, "Start a private pcscd with these readers");
    command.add_option("--run-dir", options.run_folder,
                       "Folder for its socket and files (default: a temporary one)");
    command
        .add_option(
            "--reader-name", options.reader_name,
            "Beginning of the readers' names; Yubico's own software looks for Yubico and YubiKey")
        ->capture_default_str();
    command.add_option("--control", options.control_path, "Unix socket that takes commands");
    command.add_flag("--die-with-parent", options.die_with_parent,
                     "End when the process that started this one ends");
    command.add_flag("--json", options.json, "Say what is there as one JSON object");
    command.add_flag("--exec", options.execute,
                     "Run the command that follows (the rest of the line), exit with its code");
}

}  // namespace

void add_simulate_command(CLI::App& app, CommandContext& context) {
    auto options = std::make_shared<SimulateOptions>();
    auto words = std::make_shared<std::vector<std::string>>();
    CLI::App* command =
        app.add_subcommand("simulate", "Put simulated cards into readers of a real pcscd");
    command->prefix_command();
    add_world_options(*command, *options);
    add_process_options(*command, *options);
    command->footer("Commands, one a line on standard input, or by `simulate ctl`:\n" +
                    std::string(simulate_commands) + examples);

    CLI::App* control = command->add_subcommand("ctl", "Send one command to a running simulation");
    control->footer(control_examples);
    control->add_option("--control", options->control_path, "Its unix socket")->required();
    control->add_option("command", *words, "The command, e.g. remove 0")->required();
    control->callback([options, words, &context] {
        context.exit_code = run_control(options->control_path, *words);
    });
    command->callback([command, control, options, &context] {
        if (command->got_subcommand(control)) return;
        options->command = command->remaining();
        context.exit_code = run_simulate(*options);
    });
}

}  // namespace cardmux::tool

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The command `cardmux`. Every command lives in its own command_<name>.cpp.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>

#include "tool/answer.h"
#include "tool/command.h"

namespace {

using cardmux::tool::ExitCode;

/// Known before the command line is understood, since it may not be. What follows --exec is
/// another program's, and so is stdout then.
bool wants_json(int argc, char** argv) {
    const auto has = [argc, argv](std::string_view word) {
        return std::find(argv + 1, argv + argc, word) != argv + argc;
    };
    return has("--json") && !has("--exec");
}

std::vector<std::string> command_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    return names;
}

/// Says what is wrong with the command line, or prints the help that was asked for.
ExitCode explain(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
    if (error.get_exit_code() == 0) return static_cast<ExitCode>(app.exit(error));
    const std::string first = argc > 1 ? argv[1] : "";
    const auto names = command_names(app);
    const bool is_command = std::find(names.begin(), names.end(), first) != names.end();
    if (!first.empty() && first.front() != '-' && !is_command)
        return cardmux::tool::report_problem(
            ExitCode::Usage, fmt::format("there is no command '{}'", first),
            fmt::format("use one of these: {}", fmt::join(names, ", ")));
    (void)app.exit(error);
    cardmux::tool::note_failure(name_of(ExitCode::Usage), error.what(),
                                "cardmux COMMAND --help shows options and examples");
    return ExitCode::Usage;
}

int parse_and_run(int argc, char** argv) {
    cardmux::tool::CommandContext context;
    CLI::App app("One smart card, safe for any number of threads, processes and programs",
                 "cardmux");
    app.set_version_flag("--version", "cardmux " CARDMUX_VERSION);
    app.require_subcommand(1);
    app.footer("`cardmux COMMAND --help` shows options and examples. Exit codes: docs/tool.md.");
    cardmux::tool::add_list_command(app, context);
    cardmux::tool::add_sign_command(app, context);
    cardmux::tool::add_verify_command(app, context);
    cardmux::tool::add_certificate_command(app, context);
    cardmux::tool::add_pin_command(app, context);
    cardmux::tool::add_doctor_command(app, context);
    cardmux::tool::add_simulate_command(app, context);
    cardmux::tool::add_load_command(app, context);
    if (wants_json(argc, argv)) cardmux::tool::answer_in_json();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        context.exit_code = explain(app, error, argc, argv);
    }
    return static_cast<int>(cardmux::tool::finish_output(context.exit_code));
}

}  // namespace

int main(int argc, char** argv) {
    // A reader of our output that goes away is an error of write(), not the end of the process:
    // cards and children are put away in order.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return parse_and_run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "cardmux: unexpected failure: %s\n", error.what());
        return static_cast<int>(ExitCode::Failed);
    }
}

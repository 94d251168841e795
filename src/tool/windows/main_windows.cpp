// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The command `cardmux` on Windows. Command line and output are UTF-8 inside.
#include <windows.h>
//
#include <fmt/format.h>
#include <shellapi.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "base/wide_text_windows.h"
#include "tool/answer.h"
#include "tool/windows/commands.h"

namespace {

using cardmux::tool::ExitCode;

/// As the user typed it; main's own arguments are in the ANSI code page.
std::vector<std::string> arguments() {
    int count = 0;
    wchar_t** words = CommandLineToArgvW(GetCommandLineW(), &count);
    std::vector<std::string> list;
    for (int i = 1; words != nullptr && i < count; ++i)
        list.push_back(cardmux::from_wide(words[i]));
    LocalFree(words);
    return list;
}

std::vector<std::string> command_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    return names;
}

/// Says what is wrong with the command line, or prints the help that was asked for.
ExitCode explain(const CLI::App& app, const CLI::ParseError& error, const std::string& first) {
    if (error.get_exit_code() == 0) return static_cast<ExitCode>(app.exit(error));
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

int parse_and_run() {
    namespace commands = cardmux::tool::windows;
    cardmux::tool::CommandContext context;
    CLI::App app("One smart card, safe for any number of threads, processes and programs",
                 "cardmux");
    app.set_version_flag("--version", "cardmux " CARDMUX_VERSION);
    app.require_subcommand(1);
    app.footer("`cardmux COMMAND --help` shows options and examples. Exit codes: docs/tool.md.");
    commands::add_doctor_command(app, context);
    commands::add_register_commands(app, context);
    commands::add_certs_command(app, context);
    commands::add_basecsp_command(app, context);
    commands::add_load_command(app, context);
    std::vector<std::string> words = arguments();
    const std::string first = words.empty() ? "" : words.front();
    if (std::find(words.begin(), words.end(), "--json") != words.end())
        cardmux::tool::answer_in_json();
    try {
        std::reverse(words.begin(), words.end());  // as CLI11 wants them
        app.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
        context.exit_code = explain(app, error, first);
    }
    return static_cast<int>(cardmux::tool::finish_output(context.exit_code));
}

}  // namespace

int main() {
    SetConsoleOutputCP(CP_UTF8);
    try {
        return parse_and_run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "cardmux: unexpected failure: %s\n", error.what());
        return static_cast<int>(ExitCode::Failed);
    }
}

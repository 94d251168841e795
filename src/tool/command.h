// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// How a command of the tool is made: one file command_<name>.cpp with one function that adds it to
// the command line, listed in main.cpp. Its callback does the work and leaves the exit code in the
// CommandContext. What people read goes to stdout, errors and progress to stderr; with --json
// stdout has one object and nothing else, also after a failure (answer.h).
//
//     void add_list_command(CLI::App& app, CommandContext& context) {
//         auto options = std::make_shared<ListOptions>();
//         CLI::App* command = app.add_subcommand("list", "Show readers, cards and keys");
//         command->footer("Examples:\n  cardmux list\n");
//         command->callback([options, &context] { context.exit_code = run_list(*options); });
//     }
#pragma once

#include <string>

#include "base/error.h"

namespace CLI {
class App;
}

namespace cardmux::tool {

/// What the process answers its caller. docs/tool.md has this table; numbers never change.
enum class ExitCode : int {
    Ok = 0,
    Failed = 1,     ///< it did not work, or it found something wrong
    Usage = 2,      ///< the command line or an input file makes no sense
    NoCard = 3,     ///< no reader, no card, or a card we do not know
    Pin = 4,        ///< the PIN is wrong, blocked, withheld or missing
    NoService = 5,  ///< no smart card service, or it refuses this user
    NotFound = 6,   ///< the card has no such key or certificate
    TimedOut = 7,   ///< something did not answer in time
};

struct CommandContext {
    ExitCode exit_code = ExitCode::Ok;
};

/// The exit code that belongs to an error.
ExitCode exit_code_for(const Error& error);

/// The name above, as --json has it.
const char* name_of(ExitCode code);

/// Writes "cardmux: <what>: <the error, its cause and what to do>" to stderr. Returns the exit
/// code.
ExitCode report_error(const std::string& what, const Error& error);

/// Writes "cardmux: <what>" and "  next: <step>" to stderr, and returns `code`.
ExitCode report_problem(ExitCode code, const std::string& what, const std::string& next_step);

/// Writes "cardmux: cannot <do_what>: <the system's reason>"; as report_error for other errors.
///
/// do_what   e.g. "read letter.pdf"
ExitCode report_system_error(const std::string& do_what, const Error& error);

void add_list_command(CLI::App& app, CommandContext& context);
void add_sign_command(CLI::App& app, CommandContext& context);
void add_verify_command(CLI::App& app, CommandContext& context);
void add_certificate_command(CLI::App& app, CommandContext& context);
void add_pin_command(CLI::App& app, CommandContext& context);
void add_doctor_command(CLI::App& app, CommandContext& context);
void add_load_command(CLI::App& app, CommandContext& context);
void add_simulate_command(CLI::App& app, CommandContext& context);

}  // namespace cardmux::tool

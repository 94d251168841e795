// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The commands that the tool has on Windows. How one is made: tool/command.h.
#pragma once

#include "registration/backup.h"
#include "tool/command.h"

namespace cardmux::tool::windows {

void add_load_command(CLI::App& app, CommandContext& context);
void add_register_commands(CLI::App& app, CommandContext& context);
void add_basecsp_command(CLI::App& app, CommandContext& context);
void add_certs_command(CLI::App& app, CommandContext& context);
void add_doctor_command(CLI::App& app, CommandContext& context);

/// As report_error, with Windows' own words for the code in it, and `run as administrator` where
/// that is what is missing.
///
/// do_what   e.g. "register the providers"
ExitCode report_windows_error(const std::string& do_what, const Error& error);

/// The same after changes that were put back, but for these: which, and why. Also in the JSON, as
/// "not_put_back".
ExitCode report_not_put_back(const std::string& do_what, const Error& error,
                             const std::vector<registration::NotPutBack>& left);

/// The same for one about a backup: what to do with a file that is damaged, or not to be believed.
ExitCode report_backup_problem(const std::string& file, const Error& error);

/// "0x00000005: Access is denied."; the number alone if Windows has no words for it.
std::string text_of_code(std::int64_t code);

}  // namespace cardmux::tool::windows

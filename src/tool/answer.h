// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a command leaves on stdout with --json: one object, whatever becomes of the command. The
// command gives its object, report_error() and report_problem() note the failure, and main prints
// both as one at the end. State of the process: it runs one command, on its first thread.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tool/command.h"

namespace cardmux::tool {

/// Says that stdout takes an object; main calls it once it has seen --json.
void answer_in_json();

/// The command's object. Printed by finish_output() with "ok" (if it has none) and, after a
/// failure, "error".
void give_answer(nlohmann::json object);

/// What "error" will be. The first failure counts: the later ones follow from it.
void note_failure(const std::string& code, const std::string& text, const std::string& next);

/// Prints the object, if there is something to say, and makes sure that stdout has been written.
///
/// returns   `exit_code`; Failed, with the reason on stderr, if all went well but the writing
ExitCode finish_output(ExitCode exit_code);

}  // namespace cardmux::tool

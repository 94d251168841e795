// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Windows' event log: for what an administrator has to hear although nobody reads our log, such as
// settings that are refused. Not for the course of operations.
#pragma once

#include <string>

#include "base/log.h"

namespace cardmux::windows {

/// Writes one entry of the source "Cardmux" to the application log. `text` is UTF-8. Lost without a
/// word if the log cannot be written: there is nobody else to tell.
void write_event(LogLevel level, const std::string& text);

}  // namespace cardmux::windows

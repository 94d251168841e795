// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The environment, where who wrote it may have no more rights than the process: a program with
// raised rights does not let its starter decide what it writes where (CARDMUX_LOG) and what it
// believes (CARDMUX_CONFIG). For load_settings.
#pragma once

#include <string>

namespace cardmux::provider {

/// A variable as UTF-8, null if there is none, or if the process does not trust its environment:
/// setuid programs on Linux (secure_getenv); on Windows those whose rights were raised by UAC,
/// since what they find was put together from what the same user's programs without these rights
/// may write (HKCU\Environment). Services, and programs where UAC is off, are trusted with theirs.
///
/// returns   valid until this thread's next call
/// source    Win32 "TOKEN_ELEVATION_TYPE"
const char* process_variable(const char* name);

/// For whoever is to be told: the names of the variables that are there and were not looked at,
/// separated by blanks; empty if there are none. Windows only: elsewhere always empty.
std::string ignored_variables();

}  // namespace cardmux::provider

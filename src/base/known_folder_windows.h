// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Folders of Windows by what the system knows of them, not by environment variables, which whoever
// starts a process can set.
#pragma once

#include <string>

namespace cardmux {

enum class KnownFolder : unsigned char {
    ProgramData,  ///< for all users
    LocalData,    ///< this user's, of this machine (the process's user, also while impersonating)
};

/// UTF-8, without a backslash at its end; empty if this user has none.
///
/// source    Win32 "KNOWNFOLDERID": FOLDERID_ProgramData, FOLDERID_LocalAppData
std::string path_of(KnownFolder folder);

/// The process's folder for temporary files, without a backslash at its end; never empty.
std::string temporary_folder();

}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Whose a file or folder is. Any user may make %ProgramData%\Cardmux before registration does, and
// put into it what services would then believe.
#pragma once

#include <string>

namespace cardmux {

/// Whether an open file or folder belongs to this process's user or to the system (SYSTEM, or the
/// administrators' group, whose is what administrators make).
///
/// file    HANDLE, with READ_CONTROL
bool is_owner_trusted(void* file);

/// The same for a path; true if there is nothing.
bool is_owner_trusted(const std::string& path);

}  // namespace cardmux

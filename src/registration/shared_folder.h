// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The folder in which the processes of all users agree on turns: made by registration, so that no
// user can have made it before.
#pragma once

#include "base/result.h"

namespace cardmux::registration {

/// %ProgramData%\Cardmux for administrators to write, and turns in it for all who are logged on.
/// What somebody else had made there belongs to the administrators afterwards.
///
/// errors    AccessDenied: not run as administrator; SystemFailed
Result<void> make_shared_folder();

/// Takes turns away, with its files; what is in use stays.
void remove_shared_folder();

}  // namespace cardmux::registration

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// %ProgramData%\Cardmux: the backups, and the folder in which the processes of all users agree on
// turns. Any user may have made it before registration does, with what he likes in it; afterwards
// it is the administrators'.
#pragma once

#include "base/result.h"

namespace cardmux::registration {

/// %ProgramData%\Cardmux for administrators to write, and turns in it for all who are logged on.
/// What somebody else had made there belongs to the administrators afterwards; its files keep their
/// owners, and are believed accordingly. A link in the place of either is refused.
///
/// errors    AccessDenied: not run as administrator; SystemFailed: also for a link
Result<void> make_shared_folder();

/// %ProgramData%\Cardmux alone, as above.
///
/// errors    as make_shared_folder
Result<void> make_folder_of_backups();

/// The same, but only if it is there: before a backup in it is believed.
///
/// returns   false: it is not there, and was not made
/// errors    as make_shared_folder
Result<bool> take_over_shared_folder();

/// Takes turns away, with the files of turns in it, and then the folder above if it is empty. What
/// is in use stays, and so does all else that lies there.
void remove_shared_folder();

}  // namespace cardmux::registration

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Where the processes of this machine agree on turns. All that share a card must come to the same
// folder, so it follows from facts about the user, not from the environment: cron, services and
// sudo set other variables than a login does.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace cardmux::transaction {

/// The folder if no setting names one.
std::string default_shared_folder();

#ifndef _WIN32
/// The same for any user and below any root: the folder for all users if the package made it; the
/// user's run-time folder, if it is the user's; else one in the folder for temporary files.
std::string shared_folder_of(std::uint32_t user, const std::string& root);
#endif

/// Makes the folder if it is missing. Says whether it is for all users (writable for all and
/// sticky, like /tmp; on Windows, where registration puts it) or this user's alone.
///
/// errors    SystemFailed (platform_code: errno or Win32 code; EPERM or ERROR_ACCESS_DENIED: a
///           link, or another user's)
Result<bool> prepare_shared_folder(const std::string& folder);

}  // namespace cardmux::transaction

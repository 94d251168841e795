// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the forked child does to become a private pcscd: a mount namespace, our folder in the place
// of /run/pcscd, death with the parent, exec. Between fork and exec of a process with threads only
// calls that are safe in a signal handler are allowed, so everything is prepared before (no strings
// here).
#pragma once

#include <sys/types.h>

namespace cardmux::simulation {

/// All texts outlive the fork.
struct DaemonChild {
    const char* daemon;
    const char* configuration_folder;
    const char* socket_folder;  ///< appears as /run/pcscd to the daemon
    const char* log_file;
    pid_t parent;
    uid_t user;
    gid_t group;
};

enum class DaemonStep : int { Namespace, IdMap, Mount, Log, DieWithParent, Exec };

struct DaemonChildFailure {
    DaemonStep step;
    int system_error;
};

/// What to tell a person about a step that failed.
const char* describe(DaemonStep step);

/// Never returns. If it fails it writes a DaemonChildFailure to `report` and exits.
[[noreturn]] void become_private_pcscd(const DaemonChild& child, int report);

}  // namespace cardmux::simulation

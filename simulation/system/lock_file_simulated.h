// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Files by which the processes of the simulated world agree: in memory, for one run.
#pragma once

#include "simulation/system/scheduler.h"

namespace cardmux::simulation {

/// All files are as if they had never been. No LockFile may be open.
void forget_lock_files();

/// As the system does when a process ends: its locks are nobody's.
void release_locks_of(ProcessNumber process);

/// How many are open now.
std::size_t open_lock_files();

}  // namespace cardmux::simulation

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Which ranks of lock this thread holds, in checked builds: one taken against the order ends the
// process. Private to sync_*.cpp; the order is LockRank's (sync.h).
#pragma once

#include "base/sync.h"

namespace cardmux {

#if CARDMUX_CHECKED
/// Before the lock is waited for.
void note_locked(LockRank rank);
/// After it is released.
void note_unlocked(LockRank rank);
#else
inline void note_locked(LockRank) {}
inline void note_unlocked(LockRank) {}
#endif

}  // namespace cardmux

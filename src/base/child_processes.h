// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What child processes of the host must not keep. A child that inherits the lock of a turn or the
// connection of a transaction keeps both alive after its parent was killed, for as long as it
// lives, and never knows.
#pragma once

#include <cstdint>

#include "base/native_file.h"

namespace cardmux {

/// Keeps a descriptor from child processes: a forked child closes it at once, one that starts
/// another program does not pass it on. Does not own the descriptor: destroy this before closing
/// it. Several hundred may live at a time; one more is passed on to forked children. Windows does
/// not fork.
class KeptFromChildren {
  public:
    KeptFromChildren() = default;
    explicit KeptFromChildren(NativeFile file);
    ~KeptFromChildren();
    KeptFromChildren(KeptFromChildren&& other) noexcept;
    KeptFromChildren& operator=(KeptFromChildren&& other) noexcept;
    KeptFromChildren(const KeptFromChildren&) = delete;
    KeptFromChildren& operator=(const KeptFromChildren&) = delete;

  private:
    [[maybe_unused]] int entry_ = -1;  // in the table that the fork handler reads
};

/// How often this process began to fork. What was kept from children before the count was read
/// reaches no child of a later fork.
std::uint64_t fork_count();

/// The system's number of this process.
std::uint32_t process_id();

/// Differs between a process and its forked children: whose thing is this?
std::uint64_t process_generation();

}  // namespace cardmux

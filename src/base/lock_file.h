// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A file by which processes agree: locks on its bytes, and numbers in it. The system releases the
// locks of a process that dies and wakes who waits, so nothing is polled and nothing to clean up.
// Locks belong to the open file: two of these in one process behave as two processes.
#pragma once

#include <cstdint>
#include <string>

#include "base/child_processes.h"
#include "base/native_file.h"
#include "base/result.h"

namespace cardmux {

class LockFile {
  public:
    enum class Kind : std::uint8_t { Shared, Exclusive };

    /// Opens a regular file that nobody can have exchanged for a link; made if it is missing,
    /// readable and writable for its owner only or for all users. (On Windows the folder decides
    /// who may use it, by the access that it hands down.)
    ///
    /// errors    SystemFailed (platform_code: errno or Win32 code)
    static Result<LockFile> open(const std::string& path, bool for_all_users);
    /// errors    SystemFailed (platform_code: errno or Win32 code)
    static Result<LockFile> open_existing(const std::string& path);

    ~LockFile();
    LockFile(LockFile&& other) noexcept;
    LockFile& operator=(LockFile&&) = delete;
    LockFile(const LockFile&) = delete;
    LockFile& operator=(const LockFile&) = delete;

    /// Locks `count` bytes from `first` on (they need not exist). What is locked is unlocked in the
    /// same pieces.
    ///
    /// errors    SystemFailed (platform_code: errno or Win32 code)
    /// needs     no lock held
    /// waits     for other processes, without limit
    Result<void> lock(Kind kind, std::uint64_t first, std::uint64_t count) const;
    /// Whether they are locked now. Never waits for who has them (on Windows a few milliseconds, in
    /// case somebody only asked); any thread, also while another waits in lock().
    bool try_lock(Kind kind, std::uint64_t first, std::uint64_t count) const;
    void unlock(std::uint64_t first, std::uint64_t count) const;
    /// Whether anybody else has a lock in the range (count 0: to the end). Windows can only tell by
    /// locking it for a moment.
    ///
    /// needs     no lock of this file's own in the range (on Windows it would count)
    bool is_locked_by_other(std::uint64_t first, std::uint64_t count) const;

    /// Eight bytes at `position`, in the machine's byte order; 0 if there are none yet.
    std::uint64_t read_number(std::uint64_t position) const;
    bool write_number(std::uint64_t position, std::uint64_t value) const;

  private:
    explicit LockFile(NativeFile file) : file_(file), kept_(file) {}

    NativeFile file_;
    KeptFromChildren kept_;  // a child would keep our locks alive
};

}  // namespace cardmux

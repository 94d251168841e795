// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A part of this program run in a process of its own, so that foreign code that hangs or crashes
// there takes nobody along. Forked, not started anew: start it while this process has one thread
// only.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace cardmux::tool::load {

class ChildProcess {
  public:
    /// Runs `body` in a child, which ends with its return value. The child dies with this process.
    ///
    /// errors    SystemFailed
    static Result<ChildProcess> start(const std::function<int()>& body);

    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&&) = delete;
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    /// Kills the child if it still runs.
    ~ChildProcess();

    /// Waits for the end of the child. False: it still runs.
    bool wait(Deadline deadline);
    /// Ends the child at once, whatever it is doing.
    void kill();

    bool has_ended() const { return has_ended_; }
    /// Holds after the end: it ended by itself, with 0.
    bool succeeded() const;
    /// "exit 1", "signal 11 (Segmentation fault)"
    std::string describe_end() const;

  private:
    ChildProcess(pid_t pid, int descriptor) : pid_(pid), descriptor_(descriptor) {}
    void collect();
    pid_t pid_ = -1;
    int descriptor_ = -1;  ///< pidfd: becomes readable when the child ends
    int status_ = 0;
    bool has_ended_ = false;
};

}  // namespace cardmux::tool::load

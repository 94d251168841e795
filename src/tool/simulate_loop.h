// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The part of `cardmux simulate` that waits: for commands on standard input and on a unix socket,
// for signals, for the end of the program that it runs. One thread, one poll. A connection to the
// socket carries one command line and gets one line of JSON back.
#pragma once

#include <string>
#include <vector>

#include "tool/simulate_world.h"

namespace cardmux::tool {

class SimulateLoop {
  public:
    /// Blocks the signals that the loop takes for itself: before any thread is started.
    SimulateLoop();
    /// Ends what still runs below us.
    ~SimulateLoop();
    SimulateLoop(const SimulateLoop&) = delete;
    SimulateLoop& operator=(const SimulateLoop&) = delete;

    /// Listens for commands on a unix socket, which only this user may reach.
    ///
    /// errors    SystemFailed: the path exists, is too long, or cannot be made
    Result<void> listen(const std::string& path);

    /// Starts a program in this environment; run() ends with it.
    ///
    /// errors    SystemFailed (platform_code: errno): also if there is no such program
    Result<void> start_program(const std::vector<std::string>& command);

    /// Carries out commands until one says quit, a signal says so, or the program ends. Returns the
    /// program's exit code (128 + signal if a signal ended it), 0 without one.
    int run(SimulateWorld& world, bool read_standard_input);

  private:
    void take_signals();
    void take_standard_input(SimulateWorld& world);
    void take_connection(SimulateWorld& world);
    void end_program();
    void end_children();

    int signals_ = -1;
    int listener_ = -1;
    std::string socket_path_;
    std::string typed_;  ///< the beginning of a line on standard input
    bool input_ended_ = false;
    bool quit_ = false;
    pid_t program_ = -1;
    int exit_code_ = 0;
};

/// Sends one command to a `cardmux simulate --control path` and returns its answer.
///
/// errors    SystemFailed: nobody listens there; TimedOut
/// waits     up to 60 s
Result<std::string> send_control_command(const std::string& path, const std::string& command);

}  // namespace cardmux::tool

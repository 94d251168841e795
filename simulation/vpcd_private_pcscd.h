// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A pcscd of our own with virtual readers: same program and reader driver as the system's, but its
// socket, configuration and readers are ours, in one folder, and it ends with us. Works as root and
// (where the system allows user namespaces) as anybody. Linux only. Used by one thread, which must
// be the process's first: the daemon is told to die with the thread that started it.
//
// The facts it stands on, as tried with pcscd 1.9.9 and vsmartcard-vpcd 3.3 of Debian 12:
// - pcscd's folder /run/pcscd is compiled in. So it gets ours there, in a mount namespace of its
//   own; programs find the socket by the environment variable PCSCLITE_CSOCK_NAME.
// - One entry of the reader configuration gives two readers, on two neighbouring ports. The driver
//   keeps its state in a global, so each entry loads a copy of its own.
// - The driver listens on all interfaces. Its other mode, in which it connects to a card that
//   listens on the loopback, aborts pcscd (3.3+dfsg-2) as soon as there is no card.
// - Entries with the same name give readers with the same name: each gets a number.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace cardmux::simulation {

struct PrivatePcscdOptions {
    std::string run_folder;   ///< absolute, exists, private to us, not longer than 80 characters
    int reader_count = 1;     ///< 1..16; an odd number gives one reader more, always empty
    std::string reader_name;  ///< readers are "<name> <1..8> 00 <00|01>"; no quotes in it
    int first_port = 0;       ///< TCP ports from here on; 0: free ones are chosen
    std::string daemon = "/usr/sbin/pcscd";
    std::string driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
};

constexpr int virtual_readers_max = 16;  // pcscd's own limit

class PrivatePcscd {
  public:
    explicit PrivatePcscd(PrivatePcscdOptions options);
    /// Ends the daemon.
    ~PrivatePcscd();
    PrivatePcscd(const PrivatePcscd&) = delete;
    PrivatePcscd& operator=(const PrivatePcscd&) = delete;

    /// Writes configuration and drivers into the run folder and chooses ports. Call once, first.
    ///
    /// errors    InvalidArgument, SystemFailed; problem() says what and what to do
    Result<void> prepare();

    /// Starts the daemon and returns when it listens. The readers are there then, their cards are
    /// not yet.
    ///
    /// errors    SystemFailed, TimedOut; problem() says what and what to do
    /// waits     5 s at most
    Result<void> start();

    /// Asks the daemon to end, then ends it. Nothing if it does not run.
    void stop();

    /// Ends the daemon as a crash would: no good-bye to anybody, its socket file stays.
    void kill();

    bool is_running();

    /// For PCSCLITE_CSOCK_NAME.
    std::string socket_path() const { return options_.run_folder + "/sock/pcscd.comm"; }

    /// The TCP port of the reader, 0..reader_count-1.
    std::uint16_t port_of(int reader) const { return ports_[static_cast<std::size_t>(reader)]; }

    /// The reader's name as PC/SC shows it.
    std::string name_of(int reader) const;

    pid_t pid() const { return pid_; }

    /// What went wrong last, for a person.
    const std::string& problem() const { return problem_; }

  private:
    Error failed(const char* operation, const std::string& problem, int system_error);
    Result<void> choose_ports();
    bool reserve_pair(int port);
    Result<void> write_entry(int entry);
    Result<void> launch();
    void end_with(int signal, int patience_ms);

    PrivatePcscdOptions options_;
    std::vector<std::uint16_t> ports_;
    std::vector<int> reservations_;
    pid_t pid_ = -1;
    std::string problem_;
};

}  // namespace cardmux::simulation

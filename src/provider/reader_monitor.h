// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Knows which readers there are and what is in them, on a thread and a service connection of its
// own, so that asking costs nothing and a service that hangs holds up nobody. Tells a listener what
// changed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/log.h"
#include "base/sync.h"
#include "transport/transport.h"

namespace cardmux::provider {

class ReaderMonitor {
  public:
    enum class Change : std::uint8_t {
        Found,    ///< the card was there at the first look
        Arrived,  ///< since the last look
        Left,
    };
    /// Called on the monitor's thread, with no lock of the monitor held.
    using Listener = std::function<void(const std::string& reader, Change change)>;

    ReaderMonitor(std::shared_ptr<transport::Transport> transport, bool may_create_threads,
                  std::shared_ptr<LogSink> log);
    ~ReaderMonitor();
    ReaderMonitor(const ReaderMonitor&) = delete;
    ReaderMonitor& operator=(const ReaderMonitor&) = delete;

    void set_listener(Listener listener);

    /// All readers now. Starts the thread; the first call, and any while no service answers, waits
    /// for one more try of it, at most until `deadline`.
    ///
    /// errors    TimedOut, ServiceUnavailable, AccessDenied, ShuttingDown
    Result<std::vector<transport::ReaderStatus>> readers(Deadline deadline);

    /// Ends the thread; true if it has ended by `deadline`.
    bool shut_down(Deadline deadline);

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
    bool may_create_threads_;
};

}  // namespace cardmux::provider

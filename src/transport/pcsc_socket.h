// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Which socket belongs to a connection to pcscd. libpcsclite does not tell, and a forked child that
// keeps it open keeps pcscd's client alive, with its transaction, after the parent was killed.
//
// Why so: closing in the child every socket that leads to pcscd would also take the host's own
// connections, which a daemon may go on to use after its fork. So the sockets are compared before
// and after; one that is new, leads to pcscd and is the only such one is ours for certain.
#pragma once

#include <functional>
#include <string>

#include "base/child_processes.h"

namespace cardmux::transport {

/// Where libpcsclite looks for pcscd; on Windows a name for its service.
std::string pcsc_socket_path();

class PcscSocket {
  public:
    PcscSocket() = default;

    /// Runs `establish`, which opens one connection to pcscd, and keeps its socket from child
    /// processes. Calls are made one after another, as in libpcsclite itself.
    static PcscSocket opened_by(const std::function<void()>& establish);

    /// The host connected to pcscd or forked meanwhile, so that ours is not known or may have
    /// reached a child: better to connect once more.
    bool is_doubtful() const { return doubtful_; }

    /// Opened by this process's parent: nothing may be said on it, since the parent still speaks.
    bool is_inherited() const { return generation_ != process_generation(); }

  private:
    KeptFromChildren kept_;
    bool doubtful_ = false;
    std::uint64_t generation_ = process_generation();
};

}  // namespace cardmux::transport

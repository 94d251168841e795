// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Windows does not fork, and the service finds by itself that a process is gone.
#include "transport/pcsc_socket.h"

namespace cardmux::transport {

/// There is one resource manager, for all sessions of the machine.
std::string pcsc_socket_path() {
    return "winscard";
}

PcscSocket PcscSocket::opened_by(const std::function<void()>& establish) {
    establish();
    return {};
}

}  // namespace cardmux::transport

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A question to the smart card service that does not wait longer than it was told to.
#pragma once

#include <memory>
#include <vector>

#include "transport/transport.h"

namespace cardmux::tool {

/// Asks the service for its readers, on a thread that is given up if the service hangs.
///
/// errors    TimedOut; as ReaderService::list
/// waits     up to `deadline`
Result<std::vector<transport::ReaderStatus>> ask_for_readers(
    const std::shared_ptr<transport::Transport>& world, Deadline deadline);

}  // namespace cardmux::tool

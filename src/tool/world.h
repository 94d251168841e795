// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Which cards a command works with: this system's (PC/SC), or simulated ones inside the process.
#pragma once

#include <memory>
#include <string>

#include "transport/transport.h"

namespace cardmux::tool {

/// specification    empty: PC/SC; else what CARDMUX_SIMULATE takes, e.g. "fixed:10ms,cards=1"
/// errors           InvalidArgument; `problem` says what is wrong
Result<std::shared_ptr<transport::Transport>> make_world(const std::string& specification,
                                                         std::string& problem);

/// The PIN of the cards that this specification describes; the usual one if it describes none.
std::string simulated_pin(const std::string& specification);

}  // namespace cardmux::tool

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The smart card service as one simulated process has it: every call is written into the trace,
// checked (exclusivity, no lock held, tries of the PIN), and is a place where a fault may strike.
// Around the simulated transport, which does the work.
#pragma once

#include <memory>

#include "simulation/world/nature.h"
#include "simulation/world/world.h"
#include "transport/transport.h"

namespace cardmux::simulation {

/// nature    null: nothing goes wrong here
std::shared_ptr<transport::Transport> make_observed_transport(World& world, Nature* nature,
                                                              ProcessNumber process);

/// What a killed process leaves behind is the service's to clean up: its connections end now, or
/// when the call that they are in has ended.
void drop_connections_of(ProcessNumber process);

struct OpenConnections {
    std::size_t services = 0;
    std::size_t cards = 0;
};
/// Of processes that live.
OpenConnections open_connections();

}  // namespace cardmux::simulation

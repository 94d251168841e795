// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The turn among processes, as one simulated process has it: the product's own, with who has it
// shown in the trace.
#pragma once

#include "provider/environment.h"
#include "simulation/world/world.h"

namespace cardmux::simulation {

/// For Environment::open_turn.
provider::TurnFactory observed_turns(World& world, ProcessNumber process);

}  // namespace cardmux::simulation

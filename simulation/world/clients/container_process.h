// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Another process of ours, which comes to the cards as CSP and KSP do: containers over the token
// layer, a person who is asked for the PIN, deadlines, interactive and bulk clients. It can be
// killed and stopped wherever it is.
#pragma once

#include <memory>
#include <vector>

#include "base/sync.h"
#include "simulation/world/nature.h"
#include "simulation/world/world.h"

namespace cardmux::simulation {

class ContainerProcess {
  public:
    /// Starts it: its clients sign, some of them release what others use.
    ContainerProcess(World& world, Nature& nature, ProcessNumber process);
    /// Waits until it has ended, or was killed.
    void join() { thread_.join(); }

  private:
    Thread thread_;
};

}  // namespace cardmux::simulation

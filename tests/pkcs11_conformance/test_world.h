// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The module inside the test program, with the simulated card at hand: to count its APDUs, to pull
// it, to reset it. The module's environment is this one in place of PC/SC.
#pragma once

#include "simulation/simulation_spec.h"

namespace conformance {

/// The world that the next C_Initialize finds.
cardmux::simulation::Simulation& test_world();

/// What a module in this world talks to.
std::shared_ptr<cardmux::transport::Transport> make_counting_transport();

/// How many times a module has connected to a smart card service, in all worlds.
int service_connections();

/// Makes it anew, from the words of simulation_spec.h.
void make_test_world(const char* words);

}  // namespace conformance

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The card's side of vpcd's protocol on a connection that is there; vpcd_client.h makes it. The
// other side is trusted with nothing but its own card.
#pragma once

#include "simulation/simulated_card.h"

namespace cardmux::simulation {

/// Answers until the other side ends the connection, or a reply is too long for the protocol.
///
/// connection    a stream socket; stays open
void serve_vpcd(int connection, SimulatedCard& card);

}  // namespace cardmux::simulation

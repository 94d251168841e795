// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Another PC/SC program, which knows nothing of Cardmux: it takes the card for a while, does
// something with it, and lets it go.
#pragma once

#include "simulation/world/world.h"

namespace cardmux::simulation {

inline constexpr ProcessNumber foreign_process = 9;

/// fault     ForeignHold .. ForeignReset, OneTryLeft: what it does with the card
/// length    how long it has its transaction, at least
/// waits     for the card
void use_card_as_foreign_program(World& world, WorldReader& reader, Fault fault, Duration length);

}  // namespace cardmux::simulation

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the product takes for the system's randomness in the simulated world.
#pragma once

#include <cstdint>

namespace cardmux::simulation {

/// Begins system_random() anew, from a seed.
void seed_system_random(std::uint64_t seed);

}  // namespace cardmux::simulation

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Takes the place of base/random_posix.cpp.
#include "simulation/system/random_simulated.h"

#include "base/random.h"
#include "simulation/system/seeded_random.h"

namespace cardmux {
namespace {

simulation::SeededRandom& source() {
    static auto& the_source = *new simulation::SeededRandom(0, "system");
    return the_source;
}

}  // namespace

RandomSource& system_random() {
    return source();
}

void simulation::seed_system_random(std::uint64_t seed) {
    source() = SeededRandom(seed, "system");
}

}  // namespace cardmux

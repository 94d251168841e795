// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Simulated cards inside the module: to try things without a reader, and for others to test their
// programs against. CARDMUX_SIMULATE says which cards (simulation/simulation_spec.h).
#include <cstdio>
#include <string>

#include "api/pkcs11/module/module_environment.h"
#include "simulation/simulation_spec.h"

namespace cardmux::pkcs11 {
namespace {

Result<simulation::Simulation> build(std::string& problem) {
    const char* words = secure_environment("CARDMUX_SIMULATE");
    CARDMUX_TRY_ASSIGN(const simulation::SimulationSpec spec,
                       simulation::parse_simulation_spec(words != nullptr ? words : "", problem));
    return simulation::build_simulation(spec, problem);
}

}  // namespace

Result<provider::Environment> make_environment() {
    std::string problem;
    Result<simulation::Simulation> world = build(problem);
    if (!world.ok()) {
        std::fprintf(stderr, "cardmux: CARDMUX_SIMULATE: %s\n", problem.c_str());
        return world.error();
    }
    provider::Environment environment;
    environment.transport = world->transport;
    return environment;
}

}  // namespace cardmux::pkcs11

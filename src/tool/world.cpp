// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/world.h"

#include "simulation/simulation_spec.h"

namespace cardmux::tool {

Result<std::shared_ptr<transport::Transport>> make_world(const std::string& specification,
                                                         std::string& problem) {
    if (specification.empty())
        return std::shared_ptr<transport::Transport>(transport::make_pcsc_transport());
    CARDMUX_TRY_ASSIGN(const auto spec, simulation::parse_simulation_spec(specification, problem));
    CARDMUX_TRY_ASSIGN(auto world, simulation::build_simulation(spec, problem));
    // The transport keeps its cards.
    return std::shared_ptr<transport::Transport>(std::move(world.transport));
}

std::string simulated_pin(const std::string& specification) {
    std::string problem;
    const auto spec = simulation::parse_simulation_spec(specification, problem);
    return spec ? spec->card.pin : simulation::PivCardOptions().pin;
}

}  // namespace cardmux::tool

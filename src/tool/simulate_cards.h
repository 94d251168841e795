// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The simulated cards of `cardmux simulate`: made from settings, described as JSON, troubled on
// command.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulation/simulated_piv_card.h"

namespace cardmux::tool {

/// Makes card number `number` (0 and up; each number gives a card with a serial number of its own).
///
/// errors    InvalidArgument: `problem` says which setting and what is allowed
Result<std::shared_ptr<simulation::SimulatedPivCard>> make_simulated_card(
    const std::string& profile, const std::vector<std::string>& settings, int number,
    std::string& problem);

/// What the card has done so far, and how many tries its PIN has left.
nlohmann::json describe_card(const simulation::SimulatedPivCard& card);

/// Carries out a command that concerns the card alone: "glitch", "lose", "forget", "delay"
/// (argument: milliseconds), "pin" (argument: the new one). Returns false if it is none of these.
bool trouble_card(simulation::SimulatedPivCard& card, const std::string& what,
                  const std::string& argument);

}  // namespace cardmux::tool

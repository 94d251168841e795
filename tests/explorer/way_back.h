// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// From every world there is a way back: let nothing more go wrong and nobody ask again, and all who
// wait are answered and the card comes to rest, in a number of steps that does not grow.
#pragma once

#include "tests/explorer/explored_world.h"

namespace cardmux::explorer {

/// Beyond this a way is no way. The longest found is in docs/guarantees.md.
inline constexpr unsigned way_back_max = 100;

struct WayBack {
    unsigned steps = 0;
    std::optional<Violation> violation;
};
/// Follows it: the good answer to what is under way, else the timer that ends the waiting.
WayBack way_back_from(World world, const Model& model);

}  // namespace cardmux::explorer

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/world/canary.h"

#include <algorithm>
#include <array>

namespace cardmux::simulation {
namespace {

constexpr std::array<const char*, 12> names = {
    "none",    "false-signature", "no-exclusion", "wrong-pins",    "left-open", "lock-held",
    "sleeper", "false-error",     "stays-broken", "forgets-login", "unfair",    "idles"};

}  // namespace

const char* name_of(Canary canary) {
    return names.at(static_cast<std::size_t>(canary));
}

std::vector<std::string> canary_names() {
    return {names.begin(), names.end()};
}

std::optional<Canary> canary_named(const std::string& name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Canary>(found - names.begin());
}

}  // namespace cardmux::simulation

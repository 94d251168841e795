// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Binding cards to a provider: the entries of Calais\SmartCards, by the card's answer to reset.
// Source: Smart Card Minidriver Specification, registration.
#pragma once

#include <vector>

#include "base/registry_windows.h"

namespace cardmux::registration {

struct RegistryWrite {
    RegistryKey key;
    std::string name;
    RegistryValue value;
};

/// What to write so that the card with this answer to reset belongs to our providers: in the entry
/// that matches it already, else in one of its own.
///
/// errors    InvalidArgument: no answer to reset (2 to 33 bytes); as read_value
Result<std::vector<RegistryWrite>> writes_to_bind(const Bytes& answer_to_reset);

}  // namespace cardmux::registration

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a card remembers, as a JSON file: PINs and keys in clear, for nothing of it is a secret.
// Written anew beside the old one and renamed, so that a reader sees the one or the other, never
// half of it.
#pragma once

#include <string>

#include "simulation/piv/piv_card.h"

namespace cardmux::simulation {

std::string to_json(const PivMemory& memory);

/// errors    DataInvalid: not JSON, or a part that is missing or wrong
Result<PivMemory> from_json(const CryptoLibrary& library, const std::string& text);

/// errors    ObjectNotFound: there is no such file; SystemFailed; DataInvalid
Result<PivMemory> load_state(const CryptoLibrary& library, const std::string& file);

/// errors    SystemFailed: the file cannot be written; the old one is as it was
Result<void> save_state(const PivMemory& memory, const std::string& file);

}  // namespace cardmux::simulation

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Whether a signature is right: by libcrypto and the card's own certificate, apart from the code
// that made it.
#pragma once

#include "simulation/simulated_piv_card.h"

namespace cardmux::simulation {

/// signature     r and s joined, as PKCS #11 and Windows have it
bool is_signature_of(const SimulatedPivCard& card, std::uint8_t key, ByteView hash,
                     ByteView signature);

}  // namespace cardmux::simulation

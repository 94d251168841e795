// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What is on a new card. The same options make the same card, byte for byte, in every process: keys
// come from the public test keys or follow from the serial number, certificates follow from the
// keys.
#pragma once

#include "simulation/piv/piv_card.h"

namespace cardmux::simulation {

constexpr const char* factory_pin_value = "123456";
constexpr const char* factory_puk_value = "12345678";

PinReference factory_pin(int tries);
PinReference factory_puk(int tries);

/// A card without keys and objects, but for the Discovery Object.
PivMemory factory_memory(std::uint32_t serial_number, const PivCardBehavior& behavior);

/// The card that `options` describe, as delivered. RSA keys of cards for which there is no test key
/// are made: seconds.
///
/// errors    InvalidArgument: a PIN, PUK, management key, GUID or count that no card has; Internal
Result<PivMemory> provision(const CryptoLibrary& library, const PivCardOptions& options);

/// The key that a card of this key set (1 upwards) has in `slot`: 9A, 9C, 9D or 9E. A test key or
/// one that follows from the numbers, if there is such a key, else a new one.
///
/// errors    Internal
Result<PrivateKey> key_for(const CryptoLibrary& library, KeyAlgorithm algorithm,
                           std::uint32_t key_set, std::uint8_t slot);

}  // namespace cardmux::simulation

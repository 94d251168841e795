// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the CSP (KP_PIN_ID, KP_PIN_INFO) and the KSP (SmartCardPinId, SmartCardPinInfo) say of the
// PIN of a key: the same in both.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "container/key_access.h"

namespace cardmux::api {

/// ROLE_USER: PIV cards have one PIN for all keys (cardmod.h, PIN_ID).
constexpr std::uint32_t user_pin_id = 1;

/// PIN_INFO (cardmod.h, which not every SDK has), version 6: 36 bytes.
///
/// rules     how long a PIN counts; also for a key that wants it before each use, which a PIN that
///           was given serves
/// policy    whether the key wants a PIN at all
Bytes pin_info(const container::PinRules& rules, drivers::PinPolicy policy);

}  // namespace cardmux::api

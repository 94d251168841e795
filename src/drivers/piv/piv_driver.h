// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The PIV card application: NIST SP 800-73-4 part 2, and Yubico's extensions where the card has
// them. What of the standard we use, and which cards stray how, is in docs/cards/piv.md.
#pragma once

#include "drivers/card_driver.h"

namespace cardmux::drivers::piv {

/// Selects PIV; null if the card has no such applet. A DriverProbe.
///
/// errors    those of ApduChannel::transmit
Result<std::unique_ptr<CardDriver>> probe_piv(iso7816::ApduChannel& channel, ByteView atr);

}  // namespace cardmux::drivers::piv

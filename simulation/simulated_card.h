// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a reader sees of a simulated card: power, reset, answer to reset, one command at a time.
// Both ways to it (the simulated transport inside a process, vpcd for a real pcscd) stand on this.
#pragma once

#include "base/bytes.h"

namespace cardmux::simulation {

class SimulatedCard {
  public:
    virtual ~SimulatedCard() = default;

    /// The answer to reset, 2..33 bytes. Constant.
    virtual Bytes atr() const = 0;

    /// Power on, and warm reset: the security state is gone, no applet is selected.
    virtual void reset() = 0;
    virtual void power_off() = 0;

    /// Carries out one encoded command APDU and returns the encoded response. Takes as long as the
    /// card's time profile says, computing included. One command at a time: callers on several
    /// threads queue. Never fails: bad input gets a status word. Empty: the answer was lost on the
    /// way (a fault that a test asked for).
    virtual Bytes transmit(ByteView command) = 0;
};

}  // namespace cardmux::simulation

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the part of the PIV driver that writes needs of the part that reads. Private to this folder.
#pragma once

#include <optional>

#include "drivers/card_driver.h"
#include "drivers/piv/piv_commands.h"

namespace cardmux::drivers::piv {

class PivAccess {
  public:
    virtual ~PivAccess() = default;

    virtual PivCommands& commands() = 0;

    /// The name in the answer to reset; costs nothing.
    virtual bool is_named_yubikey() const = 0;
    /// By its name, or because it knows Yubico's GET VERSION; asked once.
    ///
    /// errors    those of ApduChannel::transmit
    virtual Result<bool> is_yubico(iso7816::ApduChannel& channel) = 0;

    /// errors    those of ApduChannel::transmit
    virtual Result<bool> select_piv(iso7816::ApduChannel& channel) = 0;

    /// What is inside the object: behind 53 and its length, or 7E for the Discovery Object. None if
    /// it is not there, needs a PIN, or is no object at all.
    ///
    /// errors    those of ApduChannel::transmit
    virtual Result<std::optional<Bytes>> read_object(iso7816::ApduChannel& channel,
                                                     std::uint32_t object) = 0;

    /// The PIN's state for a question beside the matter. None: the card does not tell.
    ///
    /// errors    those of ApduChannel::transmit
    virtual Result<std::optional<PinStatus>> ask_pin_status(iso7816::ApduChannel& channel) = 0;
};

}  // namespace cardmux::drivers::piv

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Reading for who is about to write. To whoever only lists what is on a card, an object that cannot
// be read is as good as none; to whoever writes, it may be a key that would be lost. Here a card
// has nothing only if it says so.
#pragma once

#include "drivers/piv/piv_access.h"

namespace cardmux::drivers::piv {

/// What is inside the object. None: the card says that there is none (6A82).
///
/// errors    SecurityNotSatisfied, CardRefused, CardDataMalformed; those of ApduChannel::transmit
Result<std::optional<Bytes>> read_object_surely(PivAccess& access, iso7816::ApduChannel& channel,
                                                std::uint32_t object);

/// What the card tells of a key.
struct ToldOfKey {
    enum class Answer : std::uint8_t {
        Nothing,  ///< this card does not tell: not Yubico's, or before 5.3
        Absent,   ///< there is none
        Present,
    };
    Answer answer = Answer::Nothing;
    Bytes metadata{};  ///< if it is present
};

/// Yubico's GET METADATA, whatever the card answered to it before.
///
/// errors    as read_object_surely
Result<ToldOfKey> ask_of_key(PivAccess& access, iso7816::ApduChannel& channel,
                             std::uint8_t reference);

}  // namespace cardmux::drivers::piv

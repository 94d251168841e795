// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a card says of itself in its answer to reset, as far as PIV needs it (ISO 7816-3 section
// 8.2, ISO 7816-4 section 12.1.1). Pure; every input gives an answer.
#pragma once

#include "base/bytes.h"

namespace cardmux::drivers::piv {

/// The historical bytes, 0..15; none if the answer is too short for what it promises. The view
/// lives as long as `atr` does.
ByteView historical_bytes(ByteView atr);

/// Whether the card may be sent commands of extended length: it says so in its card capabilities,
/// or is a YubiKey 4, which does not say so; and it offers T=1, since T=0 has no such form.
bool offers_extended_length(ByteView atr);

/// Whether the card's name is a YubiKey's.
bool is_named_yubikey(ByteView atr);

}  // namespace cardmux::drivers::piv

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What can be checked around a key agreement (ECDH) of which the card computes the secret half.
#pragma once

#include "base/bytes.h"
#include "crypto/public_key.h"

namespace cardmux::crypto {

/// The peer's public key as a card takes it: 04, X, Y.
///
/// point     04 X Y, or compressed: 02 or 03 and X
/// errors    DataInvalid: no point on this curve, or the point at infinity. A card that computed
///           with such a point could give parts of its key away
/// source    SP 800-56A rev. 3, 5.6.2.3.3
Result<Bytes> agreement_peer(Curve curve, ByteView point);

/// Whether `secret` can be the outcome of a key agreement: the X coordinate of a point on the
/// curve, field_size bytes, big-endian. About half of all numbers are one; more cannot be said
/// without the private key.
bool can_be_agreed(Curve curve, ByteView secret);

}  // namespace cardmux::crypto

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Points on the two curves, for keys. Private to src/crypto.
#pragma once

#include "crypto/public_key.h"

namespace cardmux::crypto {

/// An encoded point (04 X Y, or compressed: 02 or 03 and X) as 04 X Y.
///
/// errors    CardDataMalformed: no point on this curve, or the point at infinity; Internal
Result<Bytes> uncompressed_point(Curve curve, ByteView encoded);

}  // namespace cardmux::crypto

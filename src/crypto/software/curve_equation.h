// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Which points are on the two curves, by big_number.h, for where the system's library does not say
// (Wine's BCrypt imports any two numbers as a point) or cannot find Y. Built on every system, as
// big_number.h is.
#pragma once

#include "crypto/public_key.h"

namespace cardmux::crypto {

/// As uncompressed_point in curve.h.
///
/// errors    CardDataMalformed: no point on this curve, or the point at infinity
/// source    SEC 1 version 2, section 2.3.4
Result<Bytes> point_by_equation(Curve curve, ByteView encoded);

/// Whether a big-endian number of field_size bytes is at least 1 and below the order of the curve.
bool is_in_range_of_order(Curve curve, ByteView number);

}  // namespace cardmux::crypto

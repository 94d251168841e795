// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// BCrypt finds no Y for a compressed point, and not every version refuses a point off the curve.
#include "crypto/curve.h"
#include "crypto/software/curve_equation.h"

namespace cardmux::crypto {

Result<Bytes> uncompressed_point(Curve curve, ByteView encoded) {
    return point_by_equation(curve, encoded);
}

}  // namespace cardmux::crypto

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The two curves as libcrypto has them. Private to src/crypto.
#pragma once

#include "crypto/curve.h"
#include "crypto/library_types_openssl.h"

namespace cardmux::crypto {

/// The curve's parameters; null if there is no memory. About 15 microseconds.
CurveGroup group_of(Curve curve);

}  // namespace cardmux::crypto

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Curves as CKA_EC_PARAMS names them: by object identifier, DER (RFC 5480, section 2.1.1.1).
#pragma once

#include "api/pkcs11/outcome.h"
#include "crypto/public_key.h"

namespace cardmux::pkcs11 {

/// CKA_EC_PARAMS of the curve.
ByteView curve_parameters(crypto::Curve curve);

/// errors    CKR_ATTRIBUTE_VALUE_INVALID: no object identifier; CKR_CURVE_NOT_SUPPORTED: another
///           curve's
Outcome<crypto::Curve> parse_curve_parameters(ByteView parameters);

}  // namespace cardmux::pkcs11

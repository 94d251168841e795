// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The numbers of a key in a template: those that a card is given, in the form that it wants.
#pragma once

#include "api/pkcs11/writing/object_template.h"
#include "crypto/private_key.h"

namespace cardmux::pkcs11 {

/// 2048, 3072 or 4096; which of them a card can do, it says itself.
bool is_rsa_size(std::size_t bits);

/// PIV cards know no public exponent but 65537.
///
/// errors    CKR_ATTRIBUTE_VALUE_INVALID: another one
Outcome<void> check_exponent(ByteView exponent);

/// type      CKK_RSA: modulus, exponent and the five numbers of the remainder theorem; CKK_EC:
///           curve and scalar, and the point if it is given
/// errors    CKR_TEMPLATE_INCOMPLETE, CKR_ATTRIBUTE_VALUE_INVALID, CKR_CURVE_NOT_SUPPORTED;
///           CKR_TEMPLATE_INCONSISTENT: the public parts contradict each other
Outcome<crypto::PrivateKey> read_private_key(CK_KEY_TYPE type, const ObjectTemplate& object);

}  // namespace cardmux::pkcs11

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// From the templates of C_GenerateKeyPair, and of C_CreateObject for a private key, to the key that
// the token layer is asked for. What a card's key would not be like is refused; which attributes
// are taken and not kept: docs/pkcs11.md. Pure: no card, no session.
#pragma once

#include "api/pkcs11/writing/object_template.h"
#include "token/new_key.h"

namespace cardmux::pkcs11 {

/// The place that CKA_ID names; none if there is none, or it is empty.
///
/// errors    CKR_ATTRIBUTE_VALUE_INVALID: no place has it
Outcome<std::optional<std::uint8_t>> wanted_place(const ObjectTemplate& object);

/// errors    CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID, CKR_CURVE_NOT_SUPPORTED;
///           CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT: also if both say different things;
///           CKR_ATTRIBUTE_VALUE_INVALID, CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_READ_ONLY
Outcome<token::NewKey> plan_key_pair(const CK_MECHANISM& mechanism,
                                     const ObjectTemplate& public_key,
                                     const ObjectTemplate& private_key);

/// errors    as plan_key_pair, but for the mechanism
Outcome<token::NewKey> plan_import(const ObjectTemplate& private_key);

}  // namespace cardmux::pkcs11

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The one table from our errors to PKCS #11's return values. docs/errors.md is printed from it.
#pragma once

#include "api/pkcs11/pkcs11.h"
#include "base/error.h"

namespace cardmux::pkcs11 {

/// The standard has different codes for the same event, by the kind of function that meets it.
enum class Situation : unsigned char {
    Slot,        ///< functions that take a slot id, or nothing
    Session,     ///< functions that take a session
    Signature,   ///< of these, the ones that sign
    Decryption,  ///< the ones whose input is encrypted data
    Creation,    ///< and the ones that make objects from templates
};

/// Never CKR_OK.
CK_RV to_ckr(ErrorCode code, Situation situation);

/// "CKR_DEVICE_REMOVED"; "CKR_?" for a value that this module never returns.
const char* name_of_ckr(CK_RV code);

}  // namespace cardmux::pkcs11

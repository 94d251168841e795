// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The template of C_CreateObject for a certificate. What it says besides the certificate itself has
// to be what the certificate says. Pure: no card, no session.
#pragma once

#include "api/pkcs11/writing/object_template.h"
#include "crypto/certificate.h"
#include "crypto/public_key.h"

namespace cardmux::pkcs11 {

struct NewCertificate {
    std::optional<std::uint8_t> key_reference;  ///< none: the place of the key that it certifies
    Bytes der;
    crypto::PublicKey public_key;
};

/// errors    CKR_TEMPLATE_INCOMPLETE; CKR_TEMPLATE_INCONSISTENT: another type, or the certificate
///           says otherwise; CKR_ATTRIBUTE_VALUE_INVALID: no certificate, a kind of key that no
///           token of ours has, no place's CKA_ID; CKR_ATTRIBUTE_TYPE_INVALID,
///           CKR_ATTRIBUTE_READ_ONLY
Outcome<NewCertificate> plan_certificate(const ObjectTemplate& object);

}  // namespace cardmux::pkcs11

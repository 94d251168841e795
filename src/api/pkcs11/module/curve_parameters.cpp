// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/module/curve_parameters.h"

#include "crypto/der.h"

namespace cardmux::pkcs11 {
namespace {

constexpr std::uint8_t p256_oid[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
constexpr std::uint8_t p384_oid[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};

}  // namespace

ByteView curve_parameters(crypto::Curve curve) {
    return curve == crypto::Curve::P256 ? ByteView(p256_oid) : ByteView(p384_oid);
}

Outcome<crypto::Curve> parse_curve_parameters(ByteView parameters) {
    for (const crypto::Curve curve : {crypto::Curve::P256, crypto::Curve::P384})
        if (equal(parameters, curve_parameters(curve))) return curve;
    crypto::der::Reader reader(parameters);
    const bool is_oid = reader.next(crypto::der::object_identifier).ok() && reader.at_end();
    return refuse(is_oid ? CKR_CURVE_NOT_SUPPORTED : CKR_ATTRIBUTE_VALUE_INVALID);
}

}  // namespace cardmux::pkcs11

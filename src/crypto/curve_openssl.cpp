// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/curve_openssl.h"

#include <openssl/obj_mac.h>

#include "crypto/curve_openssl.h"
#include "crypto/library_context_openssl.h"

namespace cardmux::crypto {

CurveGroup group_of(Curve curve) {
    const int name = curve == Curve::P256 ? NID_X9_62_prime256v1 : NID_secp384r1;
    return CurveGroup(EC_GROUP_new_by_curve_name_ex(library_context(), nullptr, name));
}

Result<Bytes> uncompressed_point(Curve curve, ByteView encoded) {
    const LibraryUse use;
    const std::size_t size = field_size(curve);
    if (encoded.size() != 1 + size && encoded.size() != 1 + 2 * size) {
        return Error(ErrorCode::CardDataMalformed, "parse point");
    }
    const CurveGroup group = group_of(curve);
    const NumberScratch scratch(BN_CTX_new_ex(library_context()));
    if (!group || !scratch) return use.failed("parse point");
    const CurvePoint point(EC_POINT_new(group.get()));
    if (!point) return use.failed("parse point");
    // Refuses what is not on the curve, the hybrid form with a wrong sign bit, and so on.
    if (EC_POINT_oct2point(group.get(), point.get(), encoded.data(), encoded.size(),
                           scratch.get()) != 1) {
        use.check_memory();
        return Error(ErrorCode::CardDataMalformed, "parse point");
    }
    Bytes bytes(1 + 2 * size);
    if (EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, bytes.data(),
                           bytes.size(), scratch.get()) != bytes.size()) {
        return use.failed("parse point");
    }
    return bytes;
}

}  // namespace cardmux::crypto

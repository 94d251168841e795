// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/key_agreement.h"

#include "base/secret.h"
#include "crypto/curve.h"

namespace cardmux::crypto {

Result<Bytes> agreement_peer(Curve curve, ByteView point) {
    auto uncompressed = uncompressed_point(curve, point);
    if (!uncompressed && uncompressed.error().code == ErrorCode::CardDataMalformed)
        return Error(ErrorCode::DataInvalid, "take the peer's point");
    return uncompressed;
}

bool can_be_agreed(Curve curve, ByteView secret) {
    if (secret.size() != field_size(curve)) return false;
    constexpr std::uint8_t even_y = 0x02;
    Bytes compressed{even_y};
    append(compressed, secret);
    auto point = uncompressed_point(curve, compressed);
    wipe(compressed);
    if (!point) return false;
    wipe(*point);
    return true;
}

}  // namespace cardmux::crypto

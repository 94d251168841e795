// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/der.h"
#include "crypto/public_key.h"

namespace cardmux::crypto {
namespace {

/// A number in exactly `size` bytes, appended.
Result<void> append_padded(Bytes& to, ByteView number, std::size_t size) {
    if (number.size() > size) return Error(ErrorCode::CardDataMalformed, "read ECDSA signature");
    to.resize(to.size() + size - number.size());
    append(to, number);
    return success();
}

}  // namespace

Result<Bytes> ecdsa_from_der(ByteView der, Curve curve) {
    der::Reader outer(der);
    CARDMUX_TRY_ASSIGN(der::Reader numbers, outer.enter(der::sequence));
    CARDMUX_TRY(outer.end());
    CARDMUX_TRY_ASSIGN(const ByteView r, numbers.positive_integer());
    CARDMUX_TRY_ASSIGN(const ByteView s, numbers.positive_integer());
    CARDMUX_TRY(numbers.end());
    Bytes joined;
    CARDMUX_TRY(append_padded(joined, r, field_size(curve)));
    CARDMUX_TRY(append_padded(joined, s, field_size(curve)));
    return joined;
}

Result<Bytes> ecdsa_to_der(ByteView joined, Curve curve) {
    const std::size_t size = field_size(curve);
    if (joined.size() != 2 * size) {
        return Error(ErrorCode::DataSizeInvalid, "encode ECDSA signature");
    }
    Bytes numbers;
    der::append_unsigned(numbers, joined.first(size));
    der::append_unsigned(numbers, joined.subspan(size));
    Bytes whole;
    der::append_element(whole, der::sequence, numbers);
    return whole;
}

}  // namespace cardmux::crypto

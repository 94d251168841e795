// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// libcrypto's objects with owners. Private to src/crypto.
#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>

#include <memory>

#include "base/bytes.h"

namespace cardmux::crypto {

template <auto release>
struct Releaser {
    template <typename T>
    void operator()(T* object) const {
        release(object);
    }
};

using BigNumber = std::unique_ptr<BIGNUM, Releaser<BN_free>>;
using NumberScratch = std::unique_ptr<BN_CTX, Releaser<BN_CTX_free>>;
using CurveGroup = std::unique_ptr<EC_GROUP, Releaser<EC_GROUP_free>>;
using CurvePoint = std::unique_ptr<EC_POINT, Releaser<EC_POINT_free>>;

/// Big-endian bytes to a number; null if there is no memory.
inline BigNumber number_of(ByteView bytes) {
    return BigNumber(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

}  // namespace cardmux::crypto

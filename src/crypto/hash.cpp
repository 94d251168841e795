// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/hash.h"

namespace cardmux::crypto {

Result<Bytes> hash(HashAlgorithm algorithm, ByteView data) {
    CARDMUX_TRY_ASSIGN(Hasher hasher, Hasher::start(algorithm));
    CARDMUX_TRY(hasher.update(data));
    return hasher.finish();
}

}  // namespace cardmux::crypto

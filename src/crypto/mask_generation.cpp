// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/mask_generation.h"

#include <algorithm>
#include <array>

#include "base/secret.h"
#include "crypto/hash.h"

namespace cardmux::crypto {

Result<void> apply_mgf1(HashAlgorithm algorithm, ByteView seed, std::span<std::uint8_t> target) {
    for (std::uint32_t counter = 0; !target.empty(); ++counter) {
        const std::array<std::uint8_t, 4> encoded = {
            static_cast<std::uint8_t>(counter >> 24), static_cast<std::uint8_t>(counter >> 16),
            static_cast<std::uint8_t>(counter >> 8), static_cast<std::uint8_t>(counter)};
        CARDMUX_TRY_ASSIGN(Hasher hasher, Hasher::start(algorithm));
        CARDMUX_TRY(hasher.update(seed));
        CARDMUX_TRY(hasher.update(encoded));
        CARDMUX_TRY_ASSIGN(Bytes mask, hasher.finish());
        const std::size_t size = std::min(mask.size(), target.size());
        for (std::size_t i = 0; i < size; ++i) target[i] ^= mask[i];
        target = target.subspan(size);
        wipe(mask);
    }
    return success();
}

}  // namespace cardmux::crypto

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/random.h"

#include <array>
#include <cstring>

namespace cardmux {

std::uint64_t RandomSource::next_u64() {
    std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
    fill(bytes);
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>
// after windows.h
#include <bcrypt.h>

#include <algorithm>
#include <cstdlib>

#include "base/random.h"

namespace cardmux {
namespace {

class SystemRandom final : public RandomSource {
  public:
    void fill(std::span<std::uint8_t> out) override {
        while (!out.empty()) {
            const std::size_t part = std::min<std::size_t>(out.size(), 1U << 20);
            // Fails only where the system's generator cannot be loaded: nothing to go on with.
            if (BCryptGenRandom(nullptr, out.data(), static_cast<ULONG>(part),
                                BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0) {
                std::abort();
            }
            out = out.subspan(part);
        }
    }
};

}  // namespace

RandomSource& system_random() {
    // Never destroyed: threads may ask for randomness while the process exits.
    static SystemRandom* const source = new SystemRandom;
    return *source;
}

}  // namespace cardmux

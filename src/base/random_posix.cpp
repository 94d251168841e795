// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

#include "base/random.h"

namespace cardmux {
namespace {

class SystemRandom final : public RandomSource {
  public:
    void fill(std::span<std::uint8_t> out) override {
        while (!out.empty()) {
            const ssize_t got = getrandom(out.data(), out.size(), 0);
            // getrandom fails only for a bad address or a kernel without it: nothing to go on with.
            if (got < 0 && errno != EINTR) std::abort();
            if (got > 0) out = out.subspan(static_cast<std::size_t>(got));
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

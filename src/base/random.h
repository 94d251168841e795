// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Randomness that an Environment carries, so that a simulated world can make it repeatable.
#pragma once

#include <cstdint>
#include <span>

namespace cardmux {

class RandomSource {
  public:
    virtual ~RandomSource() = default;
    /// Fills `out` with unpredictable bytes. Waits for nothing once the system has started.
    virtual void fill(std::span<std::uint8_t> out) = 0;

    std::uint64_t next_u64();
};

/// The operating system's generator; stateless and usable by all threads.
RandomSource& system_random();

}  // namespace cardmux

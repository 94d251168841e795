// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Chance that a seed repeats, on every machine: the standard's engines are the same everywhere, its
// distributions are not. Each consumer has a stream of its own, by name, so that one more draw in
// one does not shift the others.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/random.h"

namespace cardmux::simulation {

/// FNV-1a, 64 bits: for traces and names, not against anybody.
class HashOfRun {
  public:
    void add(std::uint64_t number);
    void add(std::string_view text);
    std::uint64_t value() const { return value_; }

  private:
    std::uint64_t value_ = 0xcbf29ce484222325U;
};

/// source    SplitMix64 (Steele, Lea, Flood, 2014)
class SeededRandom final : public RandomSource {
  public:
    SeededRandom(std::uint64_t seed, std::string_view stream);

    void fill(std::span<std::uint8_t> out) override;
    std::uint64_t next();
    /// 0 .. count - 1; 0 if count is 0.
    std::uint64_t below(std::uint64_t count) { return count == 0 ? 0 : next() % count; }
    /// first .. last.
    std::uint64_t between(std::uint64_t first, std::uint64_t last) {
        return first + below(last - first + 1);
    }
    /// 0: never.
    bool one_in(std::uint64_t count) { return count != 0 && below(count) == 0; }

  private:
    std::uint64_t state_;
};

}  // namespace cardmux::simulation

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The worlds seen so far, by fingerprint, each with the one from which it was reached first: 24
// bytes for a world, so that tens of millions fit. For several threads at once.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <vector>

#include "transaction/fingerprint.h"

namespace cardmux::explorer {

class SeenWorlds {
  public:
    /// Whether it is new.
    bool insert(const transaction::Fingerprint& world, std::uint64_t reached_from);
    /// The lower halves of the fingerprints from the first world to `last`.
    std::vector<std::uint64_t> way_to(std::uint64_t last) const;
    std::size_t size() const;
    std::size_t bytes() const;

  private:
    struct Seen {
        std::uint64_t low = 0;  // 0: free
        std::uint64_t high = 0;
        std::uint64_t reached_from = 0;
    };
    struct Shard {
        mutable std::mutex mutex;
        std::vector<Seen> places = std::vector<Seen>(64);
        std::size_t count = 0;
        void grow();
    };
    static std::size_t shard_of(std::uint64_t low) { return low >> 56; }
    static Seen& place_of(std::vector<Seen>& places, std::uint64_t low, std::uint64_t high);

    std::array<Shard, 256> shards_;
};

}  // namespace cardmux::explorer

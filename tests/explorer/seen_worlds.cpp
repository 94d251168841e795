// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tests/explorer/seen_worlds.h"

#include <algorithm>

namespace cardmux::explorer {

/// Where it is, or the free place where it belongs.
SeenWorlds::Seen& SeenWorlds::place_of(std::vector<Seen>& places, std::uint64_t low,
                                       std::uint64_t high) {
    const std::size_t mask = places.size() - 1;
    std::size_t at = low & mask;
    while (places[at].low != 0 && (places[at].low != low || places[at].high != high)) {
        at = (at + 1) & mask;
    }
    return places[at];
}

void SeenWorlds::Shard::grow() {
    std::vector<Seen> larger(places.size() * 2);
    for (const Seen& seen : places) {
        if (seen.low != 0) place_of(larger, seen.low, seen.high) = seen;
    }
    places = std::move(larger);
}

bool SeenWorlds::insert(const transaction::Fingerprint& world, std::uint64_t reached_from) {
    Shard& shard = shards_.at(shard_of(world.low()));
    const std::lock_guard<std::mutex> lock(shard.mutex);
    Seen& place = place_of(shard.places, world.low(), world.high());
    if (place.low != 0) return false;
    place = {world.low(), world.high(), reached_from};
    if (++shard.count * 3 > shard.places.size() * 2) shard.grow();
    return true;
}

std::vector<std::uint64_t> SeenWorlds::way_to(std::uint64_t last) const {
    std::vector<std::uint64_t> way;
    for (std::uint64_t low = last; low != 0;) {
        way.push_back(low);
        const auto& places = shards_.at(shard_of(low)).places;
        std::size_t at = low & (places.size() - 1);
        while (places[at].low != low) at = (at + 1) & (places.size() - 1);
        low = places[at].reached_from;
    }
    std::reverse(way.begin(), way.end());
    return way;
}

std::size_t SeenWorlds::size() const {
    std::size_t count = 0;
    for (const Shard& shard : shards_) count += shard.count;
    return count;
}

std::size_t SeenWorlds::bytes() const {
    std::size_t count = 0;
    for (const Shard& shard : shards_) count += shard.places.size() * sizeof(Seen);
    return count;
}

}  // namespace cardmux::explorer

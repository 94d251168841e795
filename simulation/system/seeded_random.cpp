// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/system/seeded_random.h"

namespace cardmux::simulation {

void HashOfRun::add(std::uint64_t number) {
    constexpr int bits_of_byte = 8;
    for (int shift = 0; shift < 64; shift += bits_of_byte) {
        value_ ^= (number >> shift) & 0xFF;
        value_ *= 0x100000001b3U;
    }
}

void HashOfRun::add(std::string_view text) {
    for (const char c : text) {
        value_ ^= static_cast<std::uint8_t>(c);
        value_ *= 0x100000001b3U;
    }
}

SeededRandom::SeededRandom(std::uint64_t seed, std::string_view stream) {
    HashOfRun hash;
    hash.add(seed);
    hash.add(stream);
    state_ = hash.value();
}

std::uint64_t SeededRandom::next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31);
}

void SeededRandom::fill(std::span<std::uint8_t> out) {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next());
}

}  // namespace cardmux::simulation

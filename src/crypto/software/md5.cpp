// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/software/md5.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/secret.h"

namespace cardmux::crypto {
namespace {

constexpr std::size_t block_size = 64;
constexpr std::size_t length_size = 8;
using State = std::array<std::uint32_t, 4>;

// RFC 1321, section 3.3.
constexpr State initial_state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
/// By how much a step of each of the four rounds rotates, four steps in turn (section 3.4).
constexpr std::array<std::array<int, 4>, 4> rotations = {
    {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};

/// T[1] to T[64]: the whole part of 2^32 times the sine of 1, 2, ... (section 3.4).
std::array<std::uint32_t, 64> sine_table() {
    std::array<std::uint32_t, 64> table{};
    for (std::size_t i = 0; i < table.size(); ++i)
        table[i] =
            static_cast<std::uint32_t>(std::fabs(std::sin(static_cast<double>(i + 1))) * 0x1p32);
    return table;
}

/// F, G, H, I: one for each round.
std::uint32_t mix(std::size_t round, std::uint32_t x, std::uint32_t y, std::uint32_t z) {
    switch (round) {
        case 0:
            return (x & y) | (~x & z);
        case 1:
            return (x & z) | (y & ~z);
        case 2:
            return x ^ y ^ z;
        default:
            return y ^ (x | ~z);
    }
}

/// Which word of the block a step takes.
std::size_t word_of(std::size_t step) {
    constexpr std::array<std::size_t, 4> factor = {1, 5, 3, 7};
    constexpr std::array<std::size_t, 4> offset = {0, 1, 5, 0};
    const std::size_t round = step / 16;
    return (factor[round] * step + offset[round]) % 16;
}

void compress(State& state, ByteView block) {
    static const std::array<std::uint32_t, 64> sines = sine_table();
    auto [a, b, c, d] = state;
    for (std::size_t step = 0; step < 64; ++step) {
        const std::size_t at = 4 * word_of(step);
        const std::uint32_t word = std::uint32_t{block[at]} | std::uint32_t{block[at + 1]} << 8 |
                                   std::uint32_t{block[at + 2]} << 16 |
                                   std::uint32_t{block[at + 3]} << 24;
        const std::uint32_t sum = a + mix(step / 16, b, c, d) + word + sines[step];
        a = d;
        d = c;
        c = b;
        b += std::rotl(sum, rotations[step / 16][step % 4]);
    }
    const State change = {a, b, c, d};
    for (std::size_t i = 0; i < state.size(); ++i) state[i] += change[i];
}

}  // namespace

std::array<std::uint8_t, md5_size> md5(ByteView data) {
    State state = initial_state;
    const std::size_t whole = data.size() / block_size * block_size;
    for (std::size_t at = 0; at < whole; at += block_size)
        compress(state, data.subspan(at, block_size));
    // What is left, a one, zeros, and the length in bits: one block or two.
    std::array<std::uint8_t, 2 * block_size> end{};
    const ByteView rest = data.subspan(whole);
    std::ranges::copy(rest, end.begin());
    end[rest.size()] = 0x80;
    const std::size_t end_size =
        rest.size() + 1 + length_size <= block_size ? block_size : 2 * block_size;
    const std::uint64_t bits = std::uint64_t{data.size()} * 8;
    for (std::size_t i = 0; i < length_size; ++i)
        end[end_size - length_size + i] = static_cast<std::uint8_t>(bits >> (8 * i));
    for (std::size_t at = 0; at < end_size; at += block_size)
        compress(state, ByteView(end).subspan(at, block_size));
    std::array<std::uint8_t, md5_size> digest{};
    for (std::size_t i = 0; i < md5_size; ++i)
        digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (8 * (i % 4)));
    wipe(end);
    wipe({reinterpret_cast<std::uint8_t*>(state.data()), sizeof state});
    return digest;
}

}  // namespace cardmux::crypto

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/software/sha224.h"

#include <bit>

#include "base/secret.h"

namespace cardmux::crypto {
namespace {

/// FIPS 180-4, section 5.3.2.
constexpr std::array<std::uint32_t, 8> initial_state = {
    0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4};

/// FIPS 180-4, section 4.2.2.
constexpr std::array<std::uint32_t, 64> round_constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// FIPS 180-4, section 4.1.2, (4.2) to (4.7).
std::uint32_t choice(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
    return (x & y) ^ (~x & z);
}
std::uint32_t majority(std::uint32_t x, std::uint32_t y, std::uint32_t z) {
    return (x & y) ^ (x & z) ^ (y & z);
}
std::uint32_t big_sigma_0(std::uint32_t x) {
    return std::rotr(x, 2) ^ std::rotr(x, 13) ^ std::rotr(x, 22);
}
std::uint32_t big_sigma_1(std::uint32_t x) {
    return std::rotr(x, 6) ^ std::rotr(x, 11) ^ std::rotr(x, 25);
}
std::uint32_t small_sigma_0(std::uint32_t x) {
    return std::rotr(x, 7) ^ std::rotr(x, 18) ^ (x >> 3);
}
std::uint32_t small_sigma_1(std::uint32_t x) {
    return std::rotr(x, 17) ^ std::rotr(x, 19) ^ (x >> 10);
}

/// Overwrites an array of words.
template <std::size_t count>
void wipe_words(std::array<std::uint32_t, count>& words) {
    wipe({reinterpret_cast<std::uint8_t*>(words.data()), sizeof words});
}

}  // namespace

Sha224::Sha224() : state_(initial_state) {}

Sha224::~Sha224() {
    wipe_words(state_);
    wipe_words(schedule_);
    wipe(block_);
}

void Sha224::compress_block() {
    for (std::size_t t = 0; t < 16; ++t) {
        schedule_[t] = std::uint32_t{block_[4 * t]} << 24 | std::uint32_t{block_[4 * t + 1]} << 16 |
                       std::uint32_t{block_[4 * t + 2]} << 8 | block_[4 * t + 3];
    }
    for (std::size_t t = 16; t < 64; ++t) {
        schedule_[t] = small_sigma_1(schedule_[t - 2]) + schedule_[t - 7] +
                       small_sigma_0(schedule_[t - 15]) + schedule_[t - 16];
    }
    auto [a, b, c, d, e, f, g, h] = state_;
    for (std::size_t t = 0; t < 64; ++t) {
        const std::uint32_t t1 =
            h + big_sigma_1(e) + choice(e, f, g) + round_constants[t] + schedule_[t];
        const std::uint32_t t2 = big_sigma_0(a) + majority(a, b, c);
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    const std::array<std::uint32_t, 8> change = {a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i < state_.size(); ++i) state_[i] += change[i];
}

void Sha224::add_byte(std::uint8_t byte) {
    block_[filled_++] = byte;
    if (filled_ < block_size) return;
    compress_block();
    filled_ = 0;
}

void Sha224::update(ByteView data) {
    size_ += data.size();
    for (const std::uint8_t byte : data) add_byte(byte);
}

Bytes Sha224::finish() {
    const std::uint64_t bits = size_ * 8;
    add_byte(0x80);
    while (filled_ != block_size - 8) add_byte(0);
    for (int shift = 56; shift >= 0; shift -= 8) add_byte(static_cast<std::uint8_t>(bits >> shift));
    Bytes digest;
    for (std::size_t i = 0; i < 7; ++i) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            digest.push_back(static_cast<std::uint8_t>(state_[i] >> shift));
        }
    }
    return digest;
}

}  // namespace cardmux::crypto

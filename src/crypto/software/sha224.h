// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// SHA-224, which BCrypt does not have. Other hashes are the system library's: crypto/hash.h. Built
// on every system, so that the sanitizers and libcrypto look at it.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace cardmux::crypto {

/// FIPS 180-4, section 6.3. One thread at a time. Forgets what it was fed when it is destroyed.
class Sha224 {
  public:
    Sha224();
    Sha224(const Sha224&) = delete;
    Sha224& operator=(const Sha224&) = delete;
    ~Sha224();

    void update(ByteView data);
    /// 28 bytes. Ends the digest; call once.
    Bytes finish();

  private:
    static constexpr std::size_t block_size = 64;

    void add_byte(std::uint8_t byte);
    void compress_block();

    std::array<std::uint32_t, 8> state_;
    std::array<std::uint32_t, 64> schedule_{};
    std::array<std::uint8_t, block_size> block_{};
    std::size_t filled_ = 0;  ///< bytes of the block
    std::uint64_t size_ = 0;  ///< bytes in all
};

}  // namespace cardmux::crypto

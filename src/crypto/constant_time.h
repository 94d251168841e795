// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Comparisons whose time and memory accesses do not depend on the values: all bits set for yes,
// none for no. Private to src/crypto. What a caller may learn from unpadding is one bit, and not by
// timing.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace cardmux::crypto::constant_time {

using Mask = std::uint32_t;

/// Hides from the optimiser what it knows about `value`, lest it find a branch again.
inline Mask opaque(Mask value) {
    asm("" : "+r"(value));
    return value;
}

inline Mask is_zero(std::uint32_t value) {
    return opaque(0U - ((~value & (value - 1U)) >> 31));
}

inline Mask are_equal(std::uint32_t a, std::uint32_t b) {
    return is_zero(a ^ b);
}

/// a < b, for values below 2^31.
inline Mask is_less(std::uint32_t a, std::uint32_t b) {
    return opaque(0U - ((a - b) >> 31));
}

inline std::uint32_t select(Mask mask, std::uint32_t yes, std::uint32_t no) {
    return (mask & yes) | (~mask & no);
}

/// Both of one size.
inline Mask are_equal(ByteView a, ByteView b) {
    std::uint32_t difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        difference |= static_cast<std::uint32_t>(a[i] ^ b[i]);
    }
    return is_zero(difference);
}

}  // namespace cardmux::crypto::constant_time

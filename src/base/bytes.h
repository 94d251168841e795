// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Byte ranges and the few things every layer does with them. Nothing here knows what the bytes
// mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cardmux {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// The bytes of a text, without a terminating zero. The view lives as long as `text` does.
inline ByteView bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline Bytes to_bytes(ByteView view) {
    return {view.begin(), view.end()};
}

inline void append(Bytes& to, ByteView more) {
    to.insert(to.end(), more.begin(), more.end());
}

/// Whether both hold the same bytes. Not for secrets: see SecretBytes::equals.
bool equal(ByteView a, ByteView b);

/// Lower-case hexadecimal without separators, two characters a byte.
std::string to_hex(ByteView bytes);

/// Reads hexadecimal digits; blanks and colons between bytes are skipped.
///
/// errors    InvalidArgument: a character that is no digit, or half a byte
Result<Bytes> from_hex(std::string_view text);

}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Windows' structures as bytes: little-endian numbers and UTF-16 texts. So that blobs and
// properties are made, read and tested on every system.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace cardmux::ksp {

/// Appends a DWORD.
void append_u32(Bytes& to, std::uint32_t number);
/// `size` bytes.
Bytes little_endian(std::uint64_t number, std::size_t size);
/// Any size up to eight bytes.
std::uint64_t read_little_endian(ByteView bytes);

/// UTF-16 with a terminating zero.
Bytes utf16_of(std::string_view utf8);

/// errors    InvalidArgument: an odd number of bytes, half a surrogate pair, a zero that is not at
///           the end
Result<std::string> utf8_of(ByteView utf16);

/// Reads a structure from its start; `ok` is false once it has ended early.
class StructureReader {
  public:
    explicit StructureReader(ByteView bytes) : rest_(bytes) {}
    std::uint32_t u32();
    ByteView take(std::size_t size);
    ByteView rest() const { return rest_; }
    bool ok() const { return ok_; }

  private:
    ByteView rest_;
    bool ok_ = true;
};

}  // namespace cardmux::ksp

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Builds BER-TLV data objects, with the shortest length form (ISO 7816-4, section 5.2.2). Nested
// objects are built inside out:
//
//   TlvWriter inner;  inner.add(0x82, {}).add(0x81, block);
//   Bytes data = TlvWriter().add(0x7C, inner.bytes()).take();
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace cardmux::iso7816 {

class TlvWriter {
  public:
    /// Appends one object. `tag` is written in as many bytes as it has, `value` copied.
    TlvWriter& add(std::uint32_t tag, ByteView value);
    /// An object whose value is this one byte.
    TlvWriter& add_byte(std::uint32_t tag, std::uint8_t value);

    const Bytes& bytes() const { return bytes_; }
    /// Hands the bytes over; the writer is empty then.
    Bytes take();

  private:
    Bytes bytes_;
};

}  // namespace cardmux::iso7816

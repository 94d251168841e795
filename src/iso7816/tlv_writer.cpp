// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "iso7816/tlv_writer.h"

#include <utility>

namespace cardmux::iso7816 {
namespace {

/// Big-endian without leading zero bytes; one byte at least.
void append_number(Bytes& to, std::size_t number) {
    int shift = 0;
    while (shift < 56 && number >> (shift + 8) != 0) shift += 8;
    for (; shift >= 0; shift -= 8) to.push_back(static_cast<std::uint8_t>(number >> shift & 0xff));
}

void append_length(Bytes& to, std::size_t length) {
    if (length >= 0x80) {
        std::uint8_t count = 1;
        while (length >> (8 * count) != 0) ++count;
        to.push_back(0x80 | count);
    }
    append_number(to, length);
}

}  // namespace

TlvWriter& TlvWriter::add(std::uint32_t tag, ByteView value) {
    append_number(bytes_, tag);
    append_length(bytes_, value.size());
    append(bytes_, value);
    return *this;
}

TlvWriter& TlvWriter::add_byte(std::uint32_t tag, std::uint8_t value) {
    return add(tag, ByteView(&value, 1));
}

Bytes TlvWriter::take() {
    return std::exchange(bytes_, {});
}

}  // namespace cardmux::iso7816

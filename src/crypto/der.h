// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The little DER that keys, signatures and certificates need (ITU-T X.690): definite lengths in
// their shortest form, tags of one byte. Bytes in, views out; nothing is copied. Not for BER, and
// not for what a card wraps around its objects: that is iso7816/tlv_reader.h.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace cardmux::crypto::der {

constexpr std::uint8_t integer = 0x02;
constexpr std::uint8_t bit_string = 0x03;
constexpr std::uint8_t octet_string = 0x04;
constexpr std::uint8_t null = 0x05;
constexpr std::uint8_t object_identifier = 0x06;
constexpr std::uint8_t utc_time = 0x17;
constexpr std::uint8_t generalized_time = 0x18;
constexpr std::uint8_t sequence = 0x30;
constexpr std::uint8_t set = 0x31;
constexpr std::uint8_t explicit_0 = 0xA0;

struct Element {
    std::uint8_t tag = 0;
    ByteView content;
    ByteView whole;  ///< with tag and length
};

class Reader {
  public:
    explicit Reader(ByteView input) : rest_(input) {}

    bool at_end() const { return rest_.empty(); }
    bool next_is(std::uint8_t tag) const { return !rest_.empty() && rest_[0] == tag; }

    /// errors    CardDataMalformed: at the end, or no DER
    Result<Element> next();
    /// errors    CardDataMalformed: also if the next element has another tag
    Result<Element> next(std::uint8_t tag);
    /// A reader of the content of the next element.
    ///
    /// errors    as next(tag)
    Result<Reader> enter(std::uint8_t tag);
    /// The magnitude of a positive INTEGER, big-endian, without leading zero bytes.
    ///
    /// errors    as next(tag); CardDataMalformed: zero, negative or not in its shortest form
    Result<ByteView> positive_integer();
    /// The bytes of a BIT STRING that has no unused bits.
    ///
    /// errors    as next(tag); CardDataMalformed: unused bits
    Result<ByteView> whole_bit_string();
    /// errors    CardDataMalformed: bytes are left
    Result<void> end() const;

  private:
    ByteView rest_;
};

/// Appends one element.
void append_element(Bytes& to, std::uint8_t tag, ByteView content);
/// Appends an INTEGER that is not negative: big-endian bytes, leading zeros allowed.
void append_unsigned(Bytes& to, ByteView magnitude);

/// `bytes` without leading zero bytes.
ByteView without_leading_zeros(ByteView bytes);

}  // namespace cardmux::crypto::der

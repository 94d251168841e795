// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Reads BER-TLV data objects (ISO 7816-4, section 5.2.2) out of bytes that nobody vouches for:
//
//   objects = { padding | object }        padding = 00, skipped (erased objects leave it behind)
//   object  = tag length value            tag     = 1..3 bytes, as a number: 0x53, 0x7F49, 0x5FC102
//   length  = 00..7F | 81 xx | 82 xx xx | 83 xx xx xx          (80, indefinite, is refused)
//
// A reader is a value: the rest of the input, and how much deeper it may go. It copies nothing:
// what it returns lives as long as the input does.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace cardmux::iso7816 {

/// PIV nests three deep and GIDS four; more comes from an attacker only.
constexpr int tlv_depth_max = 8;

struct Tlv {
    std::uint32_t tag = 0;
    ByteView value;

    /// Whether the value is itself a row of data objects (bit 6 of the tag's first byte).
    bool is_constructed() const;
};

class TlvReader {
  public:
    explicit TlvReader(ByteView input, int depth_left = tlv_depth_max)
        : rest_(input), depth_left_(depth_left) {}

    /// The next object, none at the end. After an error the reader stays where it is.
    ///
    /// errors    CardDataMalformed: a tag above three bytes, a length that is indefinite, above
    /// three
    ///           bytes or beyond the end
    Result<std::optional<Tlv>> next();

    /// The first object with this tag from here on, none if there is none. The reader does not
    /// move.
    ///
    /// errors    as next(): only what lies before the object found is looked at
    Result<std::optional<Tlv>> find(std::uint32_t tag) const;

    /// As find(), for an object that has to be there: returns its value.
    ///
    /// errors    CardDataMalformed: also if it is not there
    Result<ByteView> require(std::uint32_t tag) const;

    /// A reader of the objects inside `object`, of any tag (PIV nests in primitive tags, too).
    ///
    /// errors    CardDataMalformed: nested deeper than tlv_depth_max
    Result<TlvReader> enter(const Tlv& object) const;

    /// What has not been read yet.
    ByteView rest() const { return rest_; }

  private:
    ByteView rest_;
    int depth_left_;
};

}  // namespace cardmux::iso7816

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "iso7816/tlv_reader.h"

namespace cardmux::iso7816 {
namespace {

constexpr std::size_t tag_size_max = 3;
constexpr std::size_t length_bytes_max = 3;

Error malformed() {
    return Error(ErrorCode::CardDataMalformed, "read BER-TLV");
}

/// Takes the tag off the front of `rest`.
Result<std::uint32_t> take_tag(ByteView& rest) {
    std::uint32_t tag = rest[0];
    std::size_t size = 1;
    bool goes_on = (tag & 0x1f) == 0x1f;
    while (goes_on) {
        if (size == tag_size_max || size == rest.size()) return malformed();
        goes_on = (rest[size] & 0x80) != 0;
        tag = tag << 8 | rest[size++];
    }
    rest = rest.subspan(size);
    return tag;
}

/// Takes the length off the front of `rest`. Longer forms than necessary are accepted: cards use
/// them.
Result<std::size_t> take_length(ByteView& rest) {
    if (rest.empty()) return malformed();
    const std::uint8_t first = rest[0];
    rest = rest.subspan(1);
    if (first < 0x80) return std::size_t{first};
    const std::size_t count = first & 0x7f;
    if (count == 0 || count > length_bytes_max || count > rest.size()) return malformed();
    std::size_t length = 0;
    for (std::uint8_t byte : rest.first(count)) length = length << 8 | byte;
    rest = rest.subspan(count);
    return length;
}

}  // namespace

bool Tlv::is_constructed() const {
    std::uint32_t first = tag;
    while (first > 0xff) first >>= 8;
    return (first & 0x20) != 0;
}

Result<std::optional<Tlv>> TlvReader::next() {
    ByteView rest = rest_;
    while (!rest.empty() && rest[0] == 0) rest = rest.subspan(1);
    if (rest.empty()) {
        rest_ = rest;
        return std::optional<Tlv>();
    }
    CARDMUX_TRY_ASSIGN(const std::uint32_t tag, take_tag(rest));
    CARDMUX_TRY_ASSIGN(const std::size_t length, take_length(rest));
    if (length > rest.size()) return malformed();
    rest_ = rest.subspan(length);
    return std::optional<Tlv>(Tlv{tag, rest.first(length)});
}

Result<std::optional<Tlv>> TlvReader::find(std::uint32_t tag) const {
    TlvReader reader = *this;
    while (true) {
        CARDMUX_TRY_ASSIGN(const std::optional<Tlv> object, reader.next());
        if (!object || object->tag == tag) return object;
    }
}

Result<ByteView> TlvReader::require(std::uint32_t tag) const {
    CARDMUX_TRY_ASSIGN(const std::optional<Tlv> object, find(tag));
    if (!object) return malformed();
    return object->value;
}

Result<TlvReader> TlvReader::enter(const Tlv& object) const {
    if (depth_left_ <= 0) return malformed();
    return TlvReader(object.value, depth_left_ - 1);
}

}  // namespace cardmux::iso7816

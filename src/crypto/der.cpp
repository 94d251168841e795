// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/der.h"

namespace cardmux::crypto::der {
namespace {

constexpr std::size_t length_bytes_max = 3;

Error malformed() {
    return Error(ErrorCode::CardDataMalformed, "read DER");
}

/// Takes a length off the front of `rest`.
Result<std::size_t> take_length(ByteView& rest) {
    if (rest.empty()) return malformed();
    const std::uint8_t first = rest[0];
    rest = rest.subspan(1);
    if (first < 0x80) return std::size_t{first};
    const std::size_t count = first & 0x7f;
    if (count == 0 || count > length_bytes_max || count > rest.size()) return malformed();
    std::size_t length = 0;
    for (std::uint8_t byte : rest.first(count)) length = length << 8 | byte;
    const bool is_shortest = length >= 0x80 && length >> (8 * (count - 1)) != 0;
    if (!is_shortest) return malformed();
    rest = rest.subspan(count);
    return length;
}

void append_length(Bytes& to, std::size_t length) {
    if (length < 0x80) {
        to.push_back(static_cast<std::uint8_t>(length));
        return;
    }
    Bytes digits;
    for (; length != 0; length >>= 8) {
        digits.insert(digits.begin(), static_cast<std::uint8_t>(length & 0xff));
    }
    to.push_back(static_cast<std::uint8_t>(0x80 | digits.size()));
    append(to, digits);
}

}  // namespace

Result<Element> Reader::next() {
    if (rest_.empty()) return malformed();
    const ByteView start = rest_;
    const std::uint8_t tag = start[0];
    if ((tag & 0x1f) == 0x1f) return malformed();
    ByteView rest = start.subspan(1);
    CARDMUX_TRY_ASSIGN(const std::size_t length, take_length(rest));
    if (length > rest.size()) return malformed();
    rest_ = rest.subspan(length);
    return Element{tag, rest.first(length), start.first(start.size() - rest_.size())};
}

Result<Element> Reader::next(std::uint8_t tag) {
    if (!next_is(tag)) return malformed();
    return next();
}

Result<Reader> Reader::enter(std::uint8_t tag) {
    CARDMUX_TRY_ASSIGN(const Element element, next(tag));
    return Reader(element.content);
}

Result<ByteView> Reader::positive_integer() {
    CARDMUX_TRY_ASSIGN(const Element element, next(integer));
    const ByteView content = element.content;
    if (content.empty() || content[0] >= 0x80) return malformed();
    if (content[0] != 0) return content;
    if (content.size() == 1 || content[1] < 0x80) return malformed();
    return content.subspan(1);
}

Result<ByteView> Reader::whole_bit_string() {
    CARDMUX_TRY_ASSIGN(const Element element, next(bit_string));
    if (element.content.empty() || element.content[0] != 0) return malformed();
    return element.content.subspan(1);
}

Result<void> Reader::end() const {
    if (!rest_.empty()) return malformed();
    return success();
}

void append_element(Bytes& to, std::uint8_t tag, ByteView content) {
    to.push_back(tag);
    append_length(to, content.size());
    append(to, content);
}

void append_unsigned(Bytes& to, ByteView magnitude) {
    const ByteView digits = without_leading_zeros(magnitude);
    Bytes content;
    if (digits.empty() || digits[0] >= 0x80) content.push_back(0);
    append(content, digits);
    append_element(to, integer, content);
}

ByteView without_leading_zeros(ByteView bytes) {
    while (!bytes.empty() && bytes[0] == 0) bytes = bytes.subspan(1);
    return bytes;
}

}  // namespace cardmux::crypto::der

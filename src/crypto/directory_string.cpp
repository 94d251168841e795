// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/directory_string.h"

#include "base/utf8.h"

namespace cardmux::crypto {
namespace {

// Universal tags: ITU-T X.680, section 8.4.
constexpr std::uint8_t utf8_string = 0x0c;
constexpr std::uint8_t numeric_string = 0x12;
constexpr std::uint8_t printable_string = 0x13;
constexpr std::uint8_t t61_string = 0x14;
constexpr std::uint8_t ia5_string = 0x16;
constexpr std::uint8_t visible_string = 0x1a;
constexpr std::uint8_t universal_string = 0x1c;
constexpr std::uint8_t bmp_string = 0x1e;

/// Characters of `width` bytes each, big-endian. BMPString has no surrogate pairs: it is UCS-2.
std::string from_fixed_width(ByteView content, std::size_t width) {
    if (content.size() % width != 0) return {};
    std::string text;
    for (; !content.empty(); content = content.subspan(width)) {
        std::uint32_t code = 0;
        for (const std::uint8_t byte : content.first(width)) code = code << 8 | byte;
        if (!utf8::is_character(code)) return {};
        utf8::append(text, code);
    }
    return text;
}

std::string from_utf8(ByteView content) {
    for (ByteView rest = content; !rest.empty();) {
        const std::size_t size = utf8::first_size(rest);
        if (size == 0) return {};
        rest = rest.subspan(size);
    }
    return {content.begin(), content.end()};
}

}  // namespace

std::string utf8_of(const der::Element& element) {
    switch (element.tag) {
        case utf8_string:
            return from_utf8(element.content);
        case numeric_string:
        case printable_string:
        case t61_string:
        case ia5_string:
        case visible_string:
            return from_fixed_width(element.content, 1);
        case bmp_string:
            return from_fixed_width(element.content, 2);
        case universal_string:
            return from_fixed_width(element.content, 4);
        default:
            return {};
    }
}

}  // namespace cardmux::crypto

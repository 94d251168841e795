// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/directory_string.h"

#include <optional>

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

bool is_character(std::uint32_t code) {
    return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

/// How many bytes UTF-8 has for a character (RFC 3629, section 3).
std::size_t utf8_size(std::uint32_t code) {
    if (code < 0x80) return 1;
    if (code < 0x800) return 2;
    return code < 0x10000 ? 3 : 4;
}

void append_utf8(std::string& to, std::uint32_t code) {
    constexpr std::uint8_t leads[] = {0x00, 0xc0, 0xe0, 0xf0};
    const std::size_t more = utf8_size(code) - 1;
    to.push_back(static_cast<char>(leads[more] | (code >> (6 * more))));
    for (std::size_t i = more; i-- > 0;) {
        to.push_back(static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f)));
    }
}

/// Characters of `width` bytes each, big-endian. BMPString has no surrogate pairs: it is UCS-2.
std::string from_fixed_width(ByteView content, std::size_t width) {
    if (content.size() % width != 0) return {};
    std::string text;
    for (; !content.empty(); content = content.subspan(width)) {
        std::uint32_t code = 0;
        for (const std::uint8_t byte : content.first(width)) code = code << 8 | byte;
        if (!is_character(code)) return {};
        append_utf8(text, code);
    }
    return text;
}

/// How many bytes follow the first one of a character; nothing if none can start so.
std::optional<std::size_t> following(std::uint8_t lead) {
    if (lead < 0x80) return 0;
    if (lead >= 0xc0 && lead < 0xe0) return 1;
    if (lead >= 0xe0 && lead < 0xf0) return 2;
    if (lead >= 0xf0 && lead < 0xf8) return 3;
    return {};
}

/// The character that `content` starts with is a right one, in its shortest form; its size, or 0.
std::size_t right_utf8_size(ByteView content) {
    const auto more = following(content[0]);
    if (!more || content.size() <= *more) return 0;
    std::uint32_t code = *more == 0 ? content[0] : content[0] & (0x3fU >> *more);
    for (const std::uint8_t byte : content.subspan(1, *more)) {
        if ((byte & 0xc0) != 0x80) return 0;
        code = code << 6 | (byte & 0x3f);
    }
    return is_character(code) && utf8_size(code) == *more + 1 ? *more + 1 : 0;
}

std::string from_utf8(ByteView content) {
    for (ByteView rest = content; !rest.empty();) {
        const std::size_t size = right_utf8_size(rest);
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

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/little_endian.h"

namespace cardmux::ksp {
namespace {

constexpr char32_t replacement = 0xFFFD;

void append_u16(Bytes& to, std::uint32_t unit) {
    to.push_back(static_cast<std::uint8_t>(unit));
    to.push_back(static_cast<std::uint8_t>(unit >> 8));
}

/// The code point that begins at `index`, which moves behind it.
char32_t next_code_point(std::string_view utf8, std::size_t& index) {
    const auto lead = static_cast<std::uint8_t>(utf8[index++]);
    if (lead < 0x80) return lead;
    const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (more == 0) return replacement;
    char32_t point = lead & (0x3F >> more);
    for (int i = 0; i < more; ++i, ++index) {
        if (index >= utf8.size()) return replacement;
        const auto byte = static_cast<std::uint8_t>(utf8[index]);
        if ((byte & 0xC0) != 0x80) return replacement;
        point = point << 6 | (byte & 0x3F);
    }
    return point > 0x10FFFF ? replacement : point;
}

void append_utf8(std::string& to, char32_t point) {
    const auto put = [&](char32_t byte) { to.push_back(static_cast<char>(byte)); };
    if (point < 0x80) return put(point);
    if (point < 0x800) {
        put(0xC0 | point >> 6);
        return put(0x80 | (point & 0x3F));
    }
    if (point < 0x10000) {
        put(0xE0 | point >> 12);
    } else {
        put(0xF0 | point >> 18);
        put(0x80 | (point >> 12 & 0x3F));
    }
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
}

}  // namespace

void append_u32(Bytes& to, std::uint32_t number) {
    append(to, little_endian(number, 4));
}

Bytes little_endian(std::uint64_t number, std::size_t size) {
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes) {
        byte = static_cast<std::uint8_t>(number);
        number >>= 8;
    }
    return bytes;
}

std::uint64_t read_little_endian(ByteView bytes) {
    std::uint64_t number = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) number = number << 8 | bytes[i];
    return number;
}

Bytes utf16_of(std::string_view utf8) {
    Bytes bytes;
    for (std::size_t index = 0; index < utf8.size();) {
        const char32_t point = next_code_point(utf8, index);
        if (point < 0x10000) {
            append_u16(bytes, point);
        } else {
            append_u16(bytes, 0xD800 + ((point - 0x10000) >> 10));
            append_u16(bytes, 0xDC00 + ((point - 0x10000) & 0x3FF));
        }
    }
    append_u16(bytes, 0);
    return bytes;
}

Result<std::string> utf8_of(ByteView utf16) {
    const Error wrong(ErrorCode::InvalidArgument, "read a text");
    if (utf16.size() % 2 != 0) return wrong;
    std::string text;
    char32_t high = 0;
    for (std::size_t i = 0; i < utf16.size(); i += 2) {
        const auto unit = static_cast<char32_t>(utf16[i] | utf16[i + 1] << 8);
        const bool is_low = unit >= 0xDC00 && unit < 0xE000;
        if (is_low != (high != 0)) return wrong;
        if (unit == 0) {
            if (i + 2 != utf16.size()) return wrong;
        } else if (unit >= 0xD800 && unit < 0xDC00) {
            high = unit;
        } else if (is_low) {
            append_utf8(text, 0x10000 + ((high - 0xD800) << 10 | (unit - 0xDC00)));
            high = 0;
        } else {
            append_utf8(text, unit);
        }
    }
    if (high != 0) return wrong;
    return text;
}

std::uint32_t StructureReader::u32() {
    return static_cast<std::uint32_t>(read_little_endian(take(4)));
}

ByteView StructureReader::take(std::size_t size) {
    if (size > rest_.size()) {
        ok_ = false;
        return {};
    }
    const ByteView taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
}

}  // namespace cardmux::ksp

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/utf8.h"

#include <optional>

namespace cardmux::utf8 {
namespace {

/// How many bytes UTF-8 has for a character.
std::size_t size_of(std::uint32_t code) {
    if (code < 0x80) return 1;
    if (code < 0x800) return 2;
    return code < 0x10000 ? 3 : 4;
}

/// How many bytes follow the first one of a character; nothing if none can start so.
std::optional<std::size_t> following(std::uint8_t lead) {
    if (lead < 0x80) return 0;
    if (lead >= 0xc0 && lead < 0xe0) return 1;
    if (lead >= 0xe0 && lead < 0xf0) return 2;
    if (lead >= 0xf0 && lead < 0xf8) return 3;
    return {};
}

}  // namespace

bool is_character(std::uint32_t code) {
    return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

void append(std::string& to, std::uint32_t code) {
    constexpr std::uint8_t leads[] = {0x00, 0xc0, 0xe0, 0xf0};
    const std::size_t more = size_of(code) - 1;
    to.push_back(static_cast<char>(leads[more] | (code >> (6 * more))));
    for (std::size_t i = more; i-- > 0;) {
        to.push_back(static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f)));
    }
}

std::size_t first_size(ByteView text) {
    if (text.empty()) return 0;
    const auto more = following(text[0]);
    if (!more || text.size() <= *more) return 0;
    std::uint32_t code = *more == 0 ? text[0] : text[0] & (0x3fU >> *more);
    for (const std::uint8_t byte : text.subspan(1, *more)) {
        if ((byte & 0xc0) != 0x80) return 0;
        code = code << 6 | (byte & 0x3f);
    }
    return is_character(code) && size_of(code) == *more + 1 ? *more + 1 : 0;
}

}  // namespace cardmux::utf8

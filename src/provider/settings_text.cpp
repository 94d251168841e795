// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "provider/settings_text.h"

#include "base/utf8.h"

namespace cardmux::provider {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::uint8_t first_beyond_ascii = 0x80;

bool is_written_in_hexadecimal(std::uint8_t byte) {
    return byte >= first_beyond_ascii || byte == '%';
}

void append_encoded(std::string& to, std::uint8_t byte) {
    if (!is_written_in_hexadecimal(byte)) {
        to.push_back(static_cast<char>(byte));
        return;
    }
    to += '%' + to_hex(ByteView(&byte, 1));
}

/// The byte that "%XX" stands for; none if to_ascii() has not made this.
std::optional<std::uint8_t> decoded(std::string_view three) {
    if (three.size() != 3 || three[0] != '%') return std::nullopt;
    const auto byte = from_hex(three.substr(1));
    if (!byte.ok() || byte->size() != 1 || !is_written_in_hexadecimal(byte->front()))
        return std::nullopt;
    return byte->front();
}

}  // namespace

std::optional<std::string> to_ascii(std::string_view text) {
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    std::string ascii;
    ascii.reserve(text.size());
    for (ByteView rest = bytes_of(text); !rest.empty();) {
        const std::size_t size = utf8::first_size(rest);
        if (size == 0) return std::nullopt;
        for (const std::uint8_t byte : rest.first(size)) append_encoded(ascii, byte);
        rest = rest.subspan(size);
    }
    return ascii;
}

std::string from_ascii(std::string_view text) {
    std::string original;
    original.reserve(text.size());
    while (!text.empty()) {
        const auto byte = decoded(text.substr(0, 3));
        original.push_back(byte ? static_cast<char>(*byte) : text.front());
        text.remove_prefix(byte ? 3 : 1);
    }
    return original;
}

}  // namespace cardmux::provider

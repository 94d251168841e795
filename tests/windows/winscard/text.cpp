// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "windows/winscard/text.h"

namespace forwarder {
namespace {

constexpr char32_t replacement = 0xFFFD;

bool is_continuation(std::string_view text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

/// The character at `at`, which moves behind it.
char32_t next_character(std::string_view text, std::size_t& at) {
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x80) return first;
    const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
    if (more == 0) return replacement;
    char32_t character = first & (0x3F >> more);
    for (int index = 0; index < more; index++) {
        if (!is_continuation(text, at)) return replacement;
        character = character << 6 | (static_cast<unsigned char>(text[at++]) & 0x3F);
    }
    return character;
}

char32_t next_character(std::u16string_view text, std::size_t& at) {
    const char16_t first = text[at++];
    if (first < 0xD800 || first > 0xDFFF) return first;
    if (first > 0xDBFF || at == text.size() || (text[at] & 0xFC00) != 0xDC00) return replacement;
    return 0x10000 + ((static_cast<char32_t>(first) & 0x3FF) << 10) + (text[at++] & 0x3FF);
}

void append(std::string& text, char32_t character) {
    const auto tail = [&](int shift) {
        text += static_cast<char>(0x80 | ((character >> shift) & 0x3F));
    };
    if (character < 0x80) {
        text += static_cast<char>(character);
    } else if (character < 0x800) {
        text += static_cast<char>(0xC0 | character >> 6);
        tail(0);
    } else if (character < 0x10000) {
        text += static_cast<char>(0xE0 | character >> 12);
        tail(6);
        tail(0);
    } else {
        text += static_cast<char>(0xF0 | character >> 18);
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace

std::u16string to_utf16(std::string_view text) {
    std::u16string wide;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t character = next_character(text, at);
        if (character < 0x10000) {
            wide += static_cast<char16_t>(character);
        } else {
            wide += static_cast<char16_t>(0xD7C0 + (character >> 10));
            wide += static_cast<char16_t>(0xDC00 | (character & 0x3FF));
        }
    }
    return wide;
}

std::string to_utf8(std::u16string_view text) {
    std::string narrow;
    for (std::size_t at = 0; at < text.size();) append(narrow, next_character(text, at));
    return narrow;
}

}  // namespace forwarder

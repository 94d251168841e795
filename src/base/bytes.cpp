// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/bytes.h"

#include <algorithm>

#include "base/secret.h"

namespace cardmux {
namespace {

int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

bool equal(ByteView a, ByteView b) {
    return std::ranges::equal(a, b);
}

std::string to_hex(ByteView bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (std::uint8_t byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 0x0f];
    }
    return text;
}

Result<Bytes> from_hex(std::string_view text) {
    Bytes bytes;
    bytes.reserve(text.size() / 2);  // growing would leave copies behind, of a key perhaps
    const auto wrong = [&bytes] {
        wipe(bytes);
        return Error(ErrorCode::InvalidArgument, "read hexadecimal");
    };
    int high = -1;
    for (char c : text) {
        if (high < 0 && (c == ' ' || c == ':')) continue;
        const int value = digit_value(c);
        if (value < 0) return wrong();
        if (high < 0) {
            high = value;
        } else {
            bytes.push_back(static_cast<std::uint8_t>(high << 4 | value));
            high = -1;
        }
    }
    if (high >= 0) return wrong();
    return bytes;
}

}  // namespace cardmux

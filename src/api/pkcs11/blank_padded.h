// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The fixed-size texts of PKCS #11: UTF-8, filled up with blanks, without a terminating zero.
#pragma once

#include <algorithm>
#include <string_view>

#include "api/pkcs11/pkcs11.h"

namespace cardmux::pkcs11 {

/// Cuts a text that is too long before a character, never inside one.
template <std::size_t size>
void fill_blank_padded(CK_UTF8CHAR (&field)[size], std::string_view text) {
    std::size_t used = std::min(size, text.size());
    const auto is_inside_character = [&](std::size_t index) {
        return index < text.size() && (static_cast<unsigned char>(text[index]) & 0xc0) == 0x80;
    };
    while (used > 0 && is_inside_character(used)) --used;
    std::fill(std::begin(field), std::end(field), static_cast<CK_UTF8CHAR>(' '));
    std::copy_n(text.begin(), used, std::begin(field));
}

}  // namespace cardmux::pkcs11

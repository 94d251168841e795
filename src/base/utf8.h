// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// UTF-8, character by character (RFC 3629), where a card or a program may send anything. Not for
// Windows' wide text: that is base/wide_text_windows.h.
#pragma once

#include "base/bytes.h"

namespace cardmux::utf8 {

/// Whether Unicode has a character with this number: up to U+10FFFF, no surrogates.
bool is_character(std::uint32_t code);

/// code      a character
void append(std::string& to, std::uint32_t code);

/// The length of the character at the start of `text`, 1..4. 0: there is none, or it is cut short,
/// longer than needed, a surrogate or beyond Unicode.
///
/// source    RFC 3629, sections 3 and 4
std::size_t first_size(ByteView text);

}  // namespace cardmux::utf8

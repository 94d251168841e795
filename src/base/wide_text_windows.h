// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Texts at the edge to Windows. Inside us a text is UTF-8; Windows takes UTF-16, and programs that
// use its A functions the ANSI code page. What has no counterpart becomes a replacement character.
#pragma once

#include <string>
#include <string_view>

namespace cardmux {

std::wstring to_wide(std::string_view utf8);
std::string from_wide(std::wstring_view wide);

/// In the process's ANSI code page (GetACP), as the A functions have it.
std::string to_ansi(std::string_view utf8);
std::string from_ansi(std::string_view ansi);

}  // namespace cardmux

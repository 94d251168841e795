// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/wide_text_windows.h"

#include <windows.h>

namespace cardmux {
namespace {

/// Empty for a text of 2 GiB and more, which no name is.
std::wstring widen(UINT code_page, std::string_view text) {
    const int size = static_cast<int>(text.size());
    if (text.empty() || size < 0) return {};
    const int needed = MultiByteToWideChar(code_page, 0, text.data(), size, nullptr, 0);
    std::wstring wide(static_cast<std::size_t>(needed > 0 ? needed : 0), L'\0');
    MultiByteToWideChar(code_page, 0, text.data(), size, wide.data(), needed);
    return wide;
}

std::string narrow(UINT code_page, std::wstring_view wide) {
    const int size = static_cast<int>(wide.size());
    if (wide.empty() || size < 0) return {};
    const int needed =
        WideCharToMultiByte(code_page, 0, wide.data(), size, nullptr, 0, nullptr, nullptr);
    std::string text(static_cast<std::size_t>(needed > 0 ? needed : 0), '\0');
    WideCharToMultiByte(code_page, 0, wide.data(), size, text.data(), needed, nullptr, nullptr);
    return text;
}

}  // namespace

std::wstring to_wide(std::string_view utf8) {
    return widen(CP_UTF8, utf8);
}

std::string from_wide(std::wstring_view wide) {
    return narrow(CP_UTF8, wide);
}

std::string to_ansi(std::string_view utf8) {
    return narrow(CP_ACP, to_wide(utf8));
}

std::string from_ansi(std::string_view ansi) {
    return from_wide(widen(CP_ACP, ansi));
}

}  // namespace cardmux

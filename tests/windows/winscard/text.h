// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#pragma once

// Text and bytes on their way to a Windows program: UTF-8 or UTF-16, by winscard's rules for
// lengths.

#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "windows/winscard/windows_types.h"

namespace forwarder {

/// What is not valid becomes U+FFFD.
std::u16string to_utf16(std::string_view text);
std::string to_utf8(std::u16string_view text);

inline std::string to_text(const char* text, char) {
    return text;
}
inline std::string to_text(const char16_t* text, char16_t) {
    return to_utf8(text);
}
/// The program's text as pcsc-lite takes it.
template <class Char>
std::string from_program(const Char* text) {
    return to_text(text, Char());
}

/// pcsc-lite's text as the program takes it.
template <class Char>
std::basic_string<Char> for_program(std::string_view text) {
    if constexpr (sizeof(Char) == 1) {
        return std::string(text);
    } else {
        return to_utf16(text);
    }
}

/// Hands out `count` units. length: in, the room; out, what is needed. A null `out` asks for the
/// length, auto_allocate for memory that SCardFreeMemory takes back.
///
/// errors  SCARD_E_INSUFFICIENT_BUFFER, SCARD_E_NO_MEMORY, SCARD_E_INVALID_PARAMETER
template <class Unit>
Code give(const Unit* data, std::size_t count, Unit* out, Dword* length) {
    if (length == nullptr) return invalid_parameter;
    const Dword room = *length;
    *length = static_cast<Dword>(count);
    if (out == nullptr) return 0;
    if (room == auto_allocate) {
        void* memory = std::malloc(count * sizeof(Unit) + 1);
        if (memory == nullptr) return no_memory;
        std::memcpy(memory, data, count * sizeof(Unit));
        std::memcpy(static_cast<void*>(out), &memory, sizeof memory);
        return 0;
    }
    if (room < count) return insufficient_buffer;
    std::memcpy(out, data, count * sizeof(Unit));
    return 0;
}

/// A multi-string or a string, whose final NUL is part of `text`.
template <class Char>
Code give_text(std::string_view text, Char* out, Dword* length) {
    const auto units = for_program<Char>(text);
    return give(units.data(), units.size(), out, length);
}

}  // namespace forwarder

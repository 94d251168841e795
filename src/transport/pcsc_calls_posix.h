// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// pcsc-lite under the names that pcsc_transport.cpp uses. For the sources of this layer only.
#pragma once

#include <winscard.h>

#include <cstddef>
#include <string>

namespace cardmux::transport {

using NameChar = char;
using NativeName = std::string;

inline const NativeName& native_name(const std::string& utf8) {
    return utf8;
}

inline std::string utf8_name(const NameChar* native) {
    return native;
}

/// pcsc-lite before 2.5 refuses more in one SCardGetStatusChange.
inline constexpr std::size_t watched_readers_max = 16;

}  // namespace cardmux::transport

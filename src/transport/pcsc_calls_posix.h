// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// pcsc-lite under the names that pcsc_transport.cpp uses. For the sources of this layer only.
#pragma once

#include <winscard.h>

#include <cstddef>
#include <string>

#include "base/clock.h"

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

/// pcscd looks at a reader that does not report by itself every 400 ms; and a margin.
inline constexpr Duration service_looks_within = std::chrono::milliseconds(500);

}  // namespace cardmux::transport

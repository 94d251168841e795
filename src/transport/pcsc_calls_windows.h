// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// winscard of Windows under the names that pcsc_transport.cpp uses. Readers' names are UTF-16
// there: the W functions, which UNICODE makes of SCardConnect and the others. For the sources of
// this layer only, and before any other header of the system.
#pragma once

#ifndef UNICODE
#define UNICODE
#endif
#include <windows.h>
// after windows.h
#include <winscard.h>

#include <cstddef>
#include <string>

#include "base/clock.h"
#include "base/wide_text_windows.h"

namespace cardmux::transport {

using NameChar = wchar_t;
using NativeName = std::wstring;

inline NativeName native_name(const std::string& utf8) {
    return to_wide(utf8);
}

inline std::string utf8_name(const NameChar* native) {
    return from_wide(native);
}

/// MAXIMUM_SMARTCARD_READERS of winsmcrd.h: so many in one SCardGetStatusChange.
inline constexpr std::size_t watched_readers_max = 10;

/// Readers tell the service at once.
inline constexpr Duration service_looks_within = Duration::zero();

}  // namespace cardmux::transport

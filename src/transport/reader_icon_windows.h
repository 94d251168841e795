// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The picture that Windows has of a reader. It comes from the reader's driver or from Windows
// itself: no card and no transaction is touched.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace cardmux::transport {

/// reader    UTF-8
/// returns   an icon, as a file of type .ico has it
/// errors    NotSupported: there is none; ReaderUnavailable, ServiceUnavailable, ...
/// waits     for the smart card service
/// source    Win32, SCardGetReaderIcon (Windows 8 and later)
Result<Bytes> reader_icon(const std::string& reader);

}  // namespace cardmux::transport

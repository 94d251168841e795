// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a PC/SC return code means for the caller: one table. Not for status words of cards. The
// codes are 32 bits wide everywhere; pcsc-lite's LONG has 64, hence the cast at each call.
#pragma once

#include <cstdint>

#include "base/error.h"

namespace cardmux::transport {

/// The Error for a return code that is not success; platform_code keeps the code itself. A code of
/// winscard's that the table does not know becomes SystemFailed; a general code of Windows' is
/// taken for a failure of the reader or of the call to the service, which can be recovered from.
///
/// operation  static text, e.g. "SCardTransmit"
/// source     the codes' meaning: Win32 "Smart Card Return Values", "System Error Codes",
///            pcsc-lite's pcsclite.h
Error pcsc_error(std::uint32_t code, const char* operation, const char* file = __builtin_FILE(),
                 int line = __builtin_LINE());

}  // namespace cardmux::transport

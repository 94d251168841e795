// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The one translation of our errors into what Base CSP and Smart Card KSP return in the same
// situation (their codes: "Error codes apps see"). Never ERROR_INVALID_HANDLE (6).
#pragma once

#include <string>

#include "api/windows/status_codes.h"
#include "base/error.h"

namespace cardmux::api {

enum class WindowsInterface : std::uint8_t { Csp, Ksp };

/// What the caller was about: some codes are said differently when a container is opened.
enum class CallPurpose : std::uint8_t {
    OpenContainer,  ///< CPAcquireContext, OpenKey
    UseKey,         ///< a signature, a decryption
    Other,
};

Status status_for(const Error& error, WindowsInterface api, CallPurpose purpose);

/// "NTE_BAD_KEYSET", for logs; the number in hexadecimal for a code that is not ours.
std::string name_of_status(Status status);

}  // namespace cardmux::api

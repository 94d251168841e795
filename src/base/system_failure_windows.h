// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Win32's codes as errors of ours.
#pragma once

#include <windows.h>

#include "base/error.h"

namespace cardmux {

/// AccessDenied if the code says that the caller lacks rights, else SystemFailed. platform_code is
/// the code.
inline Error system_failure(const char* operation, DWORD code) {
    const bool denied = code == ERROR_ACCESS_DENIED || code == ERROR_INVALID_OWNER;
    return Error(denied ? ErrorCode::AccessDenied : ErrorCode::SystemFailed, operation)
        .with_platform_code(static_cast<std::int64_t>(code));
}

}  // namespace cardmux

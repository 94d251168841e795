// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Telling CNG of our key storage provider, by the calls that Windows has for it.
// Source: BCryptRegisterProvider and what is documented beside it.
#pragma once

#include <string>

#include "base/result.h"

namespace cardmux::registration {

/// Registers `image` as the key storage provider `name`, after all others. Success says only that
/// the calls succeeded: Wine's do nothing.
///
/// image     the DLL's file name, if it is in System32 (the documented way), else its path
/// errors    AccessDenied; SystemFailed: platform_code is the NTSTATUS
Result<void> register_with_cng(const std::string& name, const std::string& image);

/// One that is not registered is no error.
///
/// errors    as register_with_cng
Result<void> unregister_from_cng(const std::string& name);

}  // namespace cardmux::registration

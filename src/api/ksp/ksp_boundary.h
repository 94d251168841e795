// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The one place where what a call came to becomes a SECURITY_STATUS, and where it is logged. For
// api::guard (api/c_boundary.h): KspCalls.
#pragma once

#include "api/ksp/outcome.h"
#include "api/windows/error_to_status.h"
#include "base/log.h"

namespace cardmux::ksp {

/// Translates, and logs a failure: with the error beneath it if there is one, else only for who
/// wants to know all. Never throws.
Status conclude_call(LogSink& log, const char* function, const Outcome<void>& outcome,
                     api::CallPurpose purpose) noexcept;

}  // namespace cardmux::ksp

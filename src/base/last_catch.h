// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What becomes of an exception on a thread of ours. Errors are values here; what still throws is
// the standard library when memory runs out, and a bug. On a caller's thread the interface's edge
// catches it; on our own threads each loop does, since otherwise it ends the host process.
#pragma once

#include "base/error.h"

namespace cardmux {

/// Inside a `catch (...)` only: OutOfMemory for std::bad_alloc, Internal for anything else.
ErrorCode code_of_current_exception() noexcept;

}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/last_catch.h"

#include <new>

namespace cardmux {

ErrorCode code_of_current_exception() noexcept {
    try {
        throw;
    } catch (const std::bad_alloc&) {
        return ErrorCode::OutOfMemory;
    } catch (...) {
        return ErrorCode::Internal;
    }
}

}  // namespace cardmux

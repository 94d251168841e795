// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The edge between C callers and us, shared by all interfaces: nothing is ever thrown across it,
// and every failure is logged and translated in one place. It knows no interface's codes.
//
//   return guard<Interface>("C_Sign", [&] { ...; return success or failure; });
//
// `Interface` has: Code; `Code conclude(const char* function, const Outcome&) noexcept`, which logs
// and translates what the body returned; `Code give_up(const char* function, ErrorCode) noexcept`,
// for what the body threw.
#pragma once

#include <new>
#include <utility>

#include "base/error.h"

namespace cardmux::api {

/// Runs one exported function's body. Our code does not throw; the standard library may.
template <typename Interface, typename Body>
typename Interface::Code guard(const char* function, Body&& body) noexcept {
    try {
        return Interface::conclude(function, std::forward<Body>(body)());
    } catch (const std::bad_alloc&) {
        return Interface::give_up(function, ErrorCode::OutOfMemory);
    } catch (...) {
        return Interface::give_up(function, ErrorCode::Internal);
    }
}

}  // namespace cardmux::api

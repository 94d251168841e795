// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a call of the key storage provider comes to: a value, or a refusal. A refusal is either a
// code of CNG's own (wrong handle, wrong flag) or an Error from below, which only the boundary
// translates; with both, the code counts and the error is the reason in the log.
#pragma once

#include <optional>

#include "api/outcome.h"
#include "api/windows/status_codes.h"

namespace cardmux::ksp {

using api::Status;
namespace status = api::status;

struct Refusal {
    Status code = status::success;  ///< success: the cause is to be translated
    std::optional<Error> cause;

    explicit Refusal(Status code_) : code(code_) {}
    Refusal(Status code_, const Error& cause_) : code(code_), cause(cause_) {}
    // NOLINTNEXTLINE(google-explicit-constructor): errors from below pass up unchanged
    Refusal(const Error& error) : cause(error) {}
};

inline Refusal refuse(Status code) {
    return Refusal(code);
}

template <typename T>
using Outcome = api::Outcome<T, Refusal>;

inline Outcome<void> done() {
    return {};
}

}  // namespace cardmux::ksp

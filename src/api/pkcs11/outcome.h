// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a PKCS #11 call comes to inside the module: a value, or a refusal. A refusal is either a
// code of the standard's own (wrong handle, wrong order) or an Error from below, which only the
// boundary translates.
#pragma once

#include <optional>

#include "api/outcome.h"
#include "api/pkcs11/pkcs11.h"

namespace cardmux::pkcs11 {

struct Refusal {
    CK_RV code = CKR_GENERAL_ERROR;  ///< counts if there is no cause
    std::optional<Error> cause;

    explicit Refusal(CK_RV code_) : code(code_) {}
    // NOLINTNEXTLINE(google-explicit-constructor): errors from below pass up unchanged
    Refusal(const Error& error) : cause(error) {}
};

inline Refusal refuse(CK_RV code) {
    return Refusal(code);
}

template <typename T>
using Outcome = api::Outcome<T, Refusal>;

inline Outcome<void> done() {
    return {};
}

}  // namespace cardmux::pkcs11

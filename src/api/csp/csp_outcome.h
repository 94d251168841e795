// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a CSP call comes to inside the provider: a value, or a refusal. A refusal is a code of
// CryptoAPI's own (wrong handle, unknown parameter) or an Error from below, which only the boundary
// translates.
#pragma once

#include <optional>

#include "api/outcome.h"
#include "api/windows/handle_table.h"
#include "api/windows/status_codes.h"

namespace cardmux::csp {

struct Refusal {
    api::Status status = api::status::nte_fail;  ///< counts if there is no cause
    std::optional<Error> cause;
    api::Handle unknown_handle = 0;  ///< one that the call was given and that names nothing

    explicit Refusal(api::Status status_) : status(status_) {}
    // NOLINTNEXTLINE(google-explicit-constructor): errors from below pass up unchanged
    Refusal(const Error& error) : cause(error) {}
};

inline Refusal refuse(api::Status status) {
    return Refusal(status);
}

inline Refusal refuse_handle(api::Status status, api::Handle handle) {
    Refusal refusal(status);
    refusal.unknown_handle = handle;
    return refusal;
}

template <typename T>
using Outcome = api::Outcome<T, Refusal>;

inline Outcome<void> done() {
    return {};
}

/// errors    NTE_BAD_FLAGS: others than the known ones are set
inline Outcome<void> check_flags(std::uint32_t flags, std::uint32_t known) {
    if ((flags & ~known) != 0) return refuse(api::status::nte_bad_flags);
    return done();
}

}  // namespace cardmux::csp

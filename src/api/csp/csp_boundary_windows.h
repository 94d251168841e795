// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// How every CP* function begins and ends: through guard(), which catches; then the failure is
// logged and translated; and the last error is set when every destructor has run, or is as it was
// if all went well. No lock is held while a body runs.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "api/c_boundary.h"
#include "api/csp/csp_outcome.h"
#include "api/csp/cspdk_windows.h"
#include "api/windows/error_to_status.h"
#include "base/bytes.h"
#include "windows/process_world_windows.h"

namespace cardmux::csp {

/// One call, for the log and the translation.
struct CspCall {
    const char* function;
    api::Handle handle = 0;  ///< the context's
    api::CallPurpose purpose = api::CallPurpose::Other;
};

/// The code for an outcome; logs why a call failed, and who released a handle before its use.
api::Status conclude_csp_call(const CspCall& call, const Outcome<void>& outcome) noexcept;

/// For api::guard.
struct CspCalls {
    using Code = api::Status;
    static api::Status conclude(const char* /*function*/, api::Status status) noexcept {
        return status;
    }
    static api::Status give_up(const char* function, ErrorCode code) noexcept {
        return conclude_csp_call({function}, Error(code, function));
    }
};

/// Nothing happens after the last error is set.
inline BOOL finish_csp_call(api::Status status, DWORD last_error_before) noexcept {
    const bool succeeded = status == api::status::success;
    SetLastError(succeeded ? last_error_before : status);
    return succeeded ? TRUE : FALSE;
}

/// `body` returns an Outcome<void>. SCARD_E_SYSTEM_CANCELLED while the process ends.
template <typename Body>
BOOL csp_call(const CspCall& call, Body&& body) noexcept {
    const DWORD last_error_before = GetLastError();
    if (windows::process_is_ending())
        return finish_csp_call(api::status::scard_e_system_cancelled, last_error_before);
    const api::Status status = api::guard<CspCalls>(
        call.function, [&] { return conclude_csp_call(call, std::forward<Body>(body)()); });
    return finish_csp_call(status, last_error_before);
}

/// Where an answer goes, as every CryptoAPI function takes it.
struct Output {
    BYTE* data;   ///< null: only the size is asked for
    DWORD* size;  ///< bytes: room, then needed
};

/// A call that answers into an Output: its size is 0 after every error but ERROR_MORE_DATA.
template <typename Body>
BOOL sized_csp_call(const CspCall& call, const Output& output, Body&& body) noexcept {
    if (windows::process_is_ending() && output.size != nullptr) *output.size = 0;
    return csp_call(call, [&]() -> Outcome<void> {
        if (output.size == nullptr) return refuse(api::status::error_invalid_parameter);
        Outcome<void> outcome = std::forward<Body>(body)();
        if (!outcome.ok() &&
            (outcome.error().cause || outcome.error().status != api::status::error_more_data))
            *output.size = 0;
        return outcome;
    });
}

// ---- answers ------------------------------------------------------------------------------------

/// Whether there is room for `size` bytes; sets the size. False for a size query.
///
/// errors    ERROR_MORE_DATA
Outcome<bool> has_room(const Output& output, std::size_t size);

/// errors    ERROR_MORE_DATA
Outcome<void> put(const Output& output, ByteView answer);
Outcome<void> put_number(const Output& output, DWORD number);
/// As the A functions have texts, with the terminating zero. `utf8` is what it says.
Outcome<void> put_text(const Output& output, const std::string& utf8);

}  // namespace cardmux::csp

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// How every function of the table begins and ends, and what its arguments become: texts are UTF-8
// inside us, buffers are views, structures are values.
#pragma once

#include <utility>

#include "api/c_boundary.h"
#include "api/ksp/ksp_boundary.h"
#include "api/ksp/output.h"
#include "api/ksp/using_keys.h"
#include "api/ksp/windows/ncrypt_provider_windows.h"
#include "api/ksp/windows/process_ksp_windows.h"
#include "windows/process_world_windows.h"

namespace cardmux::ksp {

/// CNG returns its codes; the thread's last error is as it was before the call.
class LastErrorKept {
  public:
    LastErrorKept() : error_(GetLastError()) {}
    ~LastErrorKept() { SetLastError(error_); }
    LastErrorKept(const LastErrorKept&) = delete;
    LastErrorKept& operator=(const LastErrorKept&) = delete;

  private:
    DWORD error_;
};

/// For api::guard.
template <api::CallPurpose purpose>
struct KspCalls {
    using Code = Status;
    static Status conclude(const char* function, const Outcome<void>& outcome) noexcept {
        return conclude_call(windows::process_log(), function, outcome, purpose);
    }
    static Status give_up(const char* function, ErrorCode code) noexcept {
        return conclude(function, Error(code, function));
    }
};

/// `body` takes the Ksp&. SCARD_E_SYSTEM_CANCELLED while the process ends.
template <api::CallPurpose purpose = api::CallPurpose::UseKey, typename Body>
SECURITY_STATUS call(const char* function, Body&& body) noexcept {
    if (windows::process_is_ending())
        return static_cast<SECURITY_STATUS>(api::status::scard_e_system_cancelled);
    const LastErrorKept kept;
    return static_cast<SECURITY_STATUS>(api::guard<KspCalls<purpose>>(
        function, [&]() -> Outcome<void> { return body(process_ksp()); }));
}

/// `body` takes the Ksp& and the key.
template <typename Body>
SECURITY_STATUS key_call(const char* function, NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key,
                         Body&& body) noexcept {
    return call(function, [&](Ksp& ksp) -> Outcome<void> {
        CARDMUX_TRY_ASSIGN(const std::shared_ptr<KspKey> found, ksp.find_key(provider, key));
        return body(ksp, *found);
    });
}

/// NTE_INVALID_PARAMETER for a pointer that is missing.
Outcome<void> need(const void* pointer);

/// Empty for a null pointer.
std::string text_of(LPCWSTR text);

/// NTE_INVALID_PARAMETER: a size, and no bytes.
Outcome<ByteView> input(const BYTE* bytes, DWORD size);

/// The structure that the flags name.
Padding padding_of(const VOID* info, DWORD flags);

/// NTE_INVALID_PARAMETER: a list of another version, or a parameter without bytes.
Outcome<std::vector<KdfParameter>> parameters_of(const NCryptBufferDesc* list);

/// An answer's buffer, and where its size is told, also when the call fails for lack of room.
class OutBuffer {
  public:
    OutBuffer(PBYTE bytes, DWORD size, DWORD* needed) : needed_(needed) {
        output.is_query = bytes == nullptr;
        if (bytes != nullptr) output.room = {bytes, size};
    }
    ~OutBuffer() {
        if (needed_ != nullptr) *needed_ = static_cast<DWORD>(output.size);
    }
    OutBuffer(const OutBuffer&) = delete;
    OutBuffer& operator=(const OutBuffer&) = delete;

    Output output;

  private:
    DWORD* needed_;
};

}  // namespace cardmux::ksp

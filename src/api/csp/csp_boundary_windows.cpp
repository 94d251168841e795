// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/csp/csp_boundary_windows.h"

#include <cstring>

#include "api/csp/csp_state_windows.h"
#include "base/wide_text_windows.h"
#include "windows/process_world_windows.h"

namespace cardmux::csp {
namespace {

void name_release(LogLine& line, api::Handle handle) {
    const api::ReleasedHandle released = csp_state().released.find(handle);
    if (released.handle == 0) return;
    line.with("released_by_thread", released.thread).with("released_at", released.when);
}

void log_failure(const CspCall& call, api::Status status, const Refusal& refusal) {
    // Without a cause it is the caller's own mistake, or a question answered with no.
    const bool matters = refusal.cause || refusal.unknown_handle != 0;
    LogLine line(windows::process_log(), matters ? LogLevel::Warning : LogLevel::Debug,
                 "csp_call_failed");
    line.with("function", call.function).with("code", api::name_of_status(status));
    line.with("context", call.handle).with("thread", std::uint64_t{GetCurrentThreadId()});
    if (refusal.unknown_handle != 0) {
        line.with("unknown_handle", refusal.unknown_handle);
        name_release(line, refusal.unknown_handle);
    }
    if (refusal.cause) line.with(*refusal.cause);
}

/// Never ERROR_INVALID_HANDLE, wherever it comes from: that is the error that brought people here.
api::Status never_six(api::Status status) {
    return status == ERROR_INVALID_HANDLE || status == api::status::success ? api::status::nte_fail
                                                                            : status;
}

api::Status code_of(const Refusal& refusal, api::CallPurpose purpose) {
    return never_six(refusal.cause
                         ? api::status_for(*refusal.cause, api::WindowsInterface::Csp, purpose)
                         : refusal.status);
}

}  // namespace

api::Status conclude_csp_call(const CspCall& call, const Outcome<void>& outcome) noexcept {
    if (outcome.ok()) return api::status::success;
    const api::Status status = code_of(outcome.error(), call.purpose);
    try {
        log_failure(call, status, outcome.error());
    } catch (
        ...) {  // NOLINT(bugprone-empty-catch): the line is lost, the caller still gets the code
    }
    return status;
}

Outcome<bool> has_room(const Output& output, std::size_t size) {
    const std::size_t room = *output.size;
    *output.size = static_cast<DWORD>(size);
    if (output.data == nullptr) return false;
    if (room < size) return refuse(api::status::error_more_data);
    return true;
}

Outcome<void> put(const Output& output, ByteView answer) {
    CARDMUX_TRY_ASSIGN(const bool wanted, has_room(output, answer.size()));
    if (wanted && !answer.empty()) std::memcpy(output.data, answer.data(), answer.size());
    return done();
}

Outcome<void> put_number(const Output& output, DWORD number) {
    return put(output, {reinterpret_cast<const std::uint8_t*>(&number), sizeof number});
}

Outcome<void> put_text(const Output& output, const std::string& utf8) {
    std::string text = to_ansi(utf8);
    text.push_back('\0');
    return put(output, bytes_of(text));
}

}  // namespace cardmux::csp

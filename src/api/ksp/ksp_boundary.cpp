// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/ksp_boundary.h"

namespace cardmux::ksp {
namespace {

Status status_of(const Refusal& refusal, api::CallPurpose purpose) {
    if (refusal.code != status::success || !refusal.cause) return refusal.code;
    return api::status_for(*refusal.cause, api::WindowsInterface::Ksp, purpose);
}

/// What a program asks in the ordinary course: is there more, does it fit, can you do this?
bool is_ordinary(Status code) {
    return code == status::nte_no_more_items || code == status::nte_buffer_too_small ||
           code == status::nte_not_supported || code == status::nte_not_found;
}

void log_failure(LogSink& log, const char* function, Status code, const Refusal& refusal) {
    const LogLevel level =
        refusal.cause && !is_ordinary(code) ? LogLevel::Warning : LogLevel::Debug;
    LogLine line(log, level, "ksp_call_failed");
    line.with("function", function).with("code", api::name_of_status(code));
    if (refusal.cause) line.with(*refusal.cause);
}

}  // namespace

Status conclude_call(LogSink& log, const char* function, const Outcome<void>& outcome,
                     api::CallPurpose purpose) noexcept {
    if (outcome.ok()) return status::success;
    const Status code = status_of(outcome.error(), purpose);
    try {
        log_failure(log, function, code, outcome.error());
    } catch (
        ...) {  // NOLINT(bugprone-empty-catch): the line is lost, the caller still gets the code
    }
    return code;
}

}  // namespace cardmux::ksp

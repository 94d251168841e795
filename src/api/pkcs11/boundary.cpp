// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/boundary.h"

namespace cardmux::pkcs11 {
namespace {

void log_failure(const char* function, CK_RV code, const Refusal& refusal) {
    const auto module = current_module();
    if (!module.ok()) return;
    // Without a cause it is the caller's own mistake, or a question answered with no.
    const LogLevel level = refusal.cause ? LogLevel::Warning : LogLevel::Debug;
    LogLine line(module.value()->log(), level, "pkcs11_call_failed");
    line.with("function", function).with("code", name_of_ckr(code));
    if (refusal.cause) line.with(*refusal.cause);
}

CK_RV code_of(const Refusal& refusal, Situation situation) {
    return refusal.cause ? to_ckr(refusal.cause->code, situation) : refusal.code;
}

}  // namespace

CK_RV conclude_call(const char* function, const Outcome<void>& outcome,
                    Situation situation) noexcept {
    if (outcome.ok()) return CKR_OK;
    const CK_RV code = code_of(outcome.error(), situation);
    try {
        log_failure(function, code, outcome.error());
    } catch (
        ...) {  // NOLINT(bugprone-empty-catch): the line is lost, the caller still gets the code
    }
    return code;
}

Outcome<SessionCall> enter_session(CK_SESSION_HANDLE handle) {
    CARDMUX_TRY_ASSIGN(std::shared_ptr<Module> module, current_module());
    CARDMUX_TRY_ASSIGN(std::shared_ptr<Session> session, module->find_session(handle));
    return SessionCall{std::move(module), std::move(session)};
}

void note_outcome(const Session& session, const Outcome<void>& outcome) {
    if (outcome.ok() || !outcome.error().cause) return;
    const ErrorCode code = outcome.error().cause->code;
    if (code == ErrorCode::CardChanged) session.token().mark_dead();
    // Look again what there is: handles of what is gone are invalid from now on.
    if (code == ErrorCode::KeyNotFound) (void)session.token().objects(session.client()).ok();
}

CK_RV refuse_call(const char* function, CK_RV code) noexcept {
    return slot_call(function, [&](Module&) -> Outcome<void> { return refuse(code); });
}

CK_RV refuse_slot_call(const char* function, CK_SLOT_ID slot, CK_RV code) noexcept {
    return slot_call(function, [&](Module& module) -> Outcome<void> {
        CARDMUX_TRY(module.find_slot(slot));
        return refuse(code);
    });
}

CK_RV refuse_session_call(const char* function, CK_SESSION_HANDLE session, CK_RV code) noexcept {
    return session_call(function, session, [&](Session&) -> Outcome<void> { return refuse(code); });
}

}  // namespace cardmux::pkcs11

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// How every exported function begins and ends. Three kinds: plain_call (a module must be there),
// slot_call, session_call (a session must be there, too). Each goes through guard(), which catches,
// logs and translates; none holds a lock while its body runs.
#pragma once

#include <utility>

#include "api/c_boundary.h"
#include "api/pkcs11/error_to_ckr.h"
#include "api/pkcs11/module/module_state.h"

namespace cardmux::pkcs11 {

/// The standard's return value for an outcome; logs the cause of a refusal that has one.
CK_RV conclude_call(const char* function, const Outcome<void>& outcome,
                    Situation situation) noexcept;

/// For api::guard.
template <Situation situation>
struct Pkcs11Calls {
    using Code = CK_RV;
    static CK_RV conclude(const char* function, const Outcome<void>& outcome) noexcept {
        return conclude_call(function, outcome, situation);
    }
    static CK_RV give_up(const char* function, ErrorCode code) noexcept {
        return conclude_call(function, Error(code, function), situation);
    }
};

/// What a session call works with. Both stay alive until it returns, whoever closes or finalises.
struct SessionCall {
    std::shared_ptr<Module> module;
    std::shared_ptr<Session> session;
};

/// errors    CKR_CRYPTOKI_NOT_INITIALIZED, CKR_SESSION_HANDLE_INVALID
Outcome<SessionCall> enter_session(CK_SESSION_HANDLE handle);

/// If the outcome says that another card is there, the session's token is over; if a key is gone,
/// its objects go with it.
///
/// waits     for the card, if a key is gone
void note_outcome(const Session& session, const Outcome<void>& outcome);

/// For functions that need no module.
template <typename Body>
CK_RV plain_call(const char* function, Body&& body) noexcept {
    return api::guard<Pkcs11Calls<Situation::Slot>>(function, std::forward<Body>(body));
}

/// For functions that take a slot, or nothing: `body` takes a Module&.
template <typename Body>
CK_RV slot_call(const char* function, Body&& body) noexcept {
    return plain_call(function, [&]() -> Outcome<void> {
        CARDMUX_TRY_ASSIGN(const std::shared_ptr<Module> module, current_module());
        return module->conclude(body(*module));
    });
}

/// For functions that take a session: `body` takes a Session&.
template <Situation situation = Situation::Session, typename Body>
CK_RV session_call(const char* function, CK_SESSION_HANDLE handle, Body&& body) noexcept {
    return api::guard<Pkcs11Calls<situation>>(function, [&]() -> Outcome<void> {
        CARDMUX_TRY_ASSIGN(const SessionCall call, enter_session(handle));
        Outcome<void> outcome = body(*call.session);
        note_outcome(*call.session, outcome);
        return call.module->conclude(std::move(outcome));
    });
}

/// Functions that this module does not have: the same checks first, then `code`.
CK_RV refuse_call(const char* function, CK_RV code) noexcept;
CK_RV refuse_slot_call(const char* function, CK_SLOT_ID slot, CK_RV code) noexcept;
CK_RV refuse_session_call(const char* function, CK_SESSION_HANDLE session, CK_RV code) noexcept;

}  // namespace cardmux::pkcs11

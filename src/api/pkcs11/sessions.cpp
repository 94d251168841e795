// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Session management (PKCS #11, section 5.6): sessions, login, logout.
#include "api/pkcs11/boundary.h"
#include "api/pkcs11/operations/take_operation.h"

namespace cardmux::pkcs11 {
namespace {

CK_STATE state_of(const Session& session) {
    if (session.token().is_logged_in()) {
        return session.is_read_write() ? CKS_RW_USER_FUNCTIONS : CKS_RO_USER_FUNCTIONS;
    }
    return session.is_read_write() ? CKS_RW_PUBLIC_SESSION : CKS_RO_PUBLIC_SESSION;
}

Outcome<void> describe_session(const Session& session, CK_SESSION_INFO* info) {
    if (info == nullptr) return refuse(CKR_ARGUMENTS_BAD);
    *info = {};
    info->slotID = session.token().slot();
    info->state = state_of(session);
    info->flags = CKF_SERIAL_SESSION | (session.is_read_write() ? CKF_RW_SESSION : 0);
    return done();
}

Outcome<void> open(Module& module, CK_SLOT_ID slot, CK_FLAGS flags, CK_SESSION_HANDLE* handle) {
    CARDMUX_TRY(module.find_slot(slot));
    if (handle == nullptr) return refuse(CKR_ARGUMENTS_BAD);
    if ((flags & CKF_SERIAL_SESSION) == 0) return refuse(CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    CARDMUX_TRY_ASSIGN(*handle, module.open_session(slot, (flags & CKF_RW_SESSION) != 0));
    return done();
}

/// No card takes a longer PIN in one command (ISO 7816-4: one byte of length). A size beyond that
/// is a caller's mistake, and nothing that memory should be asked for.
constexpr std::size_t pin_size_limit = 255;

Outcome<void> log_in_user(Session& session, const SecretBytes& pin) {
    OpenToken& token = session.token();
    bool is_logged_in = false;
    CARDMUX_TRY(token.logins().run(pin, Deadline::never(), [&]() -> Result<void> {
        is_logged_in = token.is_logged_in();
        if (is_logged_in) return success();
        if (token.refuses_logins()) return Error(ErrorCode::ShuttingDown, "C_Login");
        return token.token().login(session.client(), pin, Deadline::never());
    }));
    if (is_logged_in) return refuse(CKR_USER_ALREADY_LOGGED_IN);
    return done();
}

/// The one operation of this session that waits for its PIN: a signature, else a decryption.
bool operation_wants_pin(const Operations& operations) {
    return (operations.signing && operations.signing->wants_pin()) ||
           (operations.decrypting && operations.decrypting->wants_pin());
}

/// False if the operation has gone meanwhile.
bool hand_over_pin(Operations& operations, const SecretBytes& pin) {
    if (!operation_wants_pin(operations)) return false;
    if (operations.signing && operations.signing->wants_pin()) {
        operations.signing->set_pin(pin.clone());
    }
    if (operations.decrypting && operations.decrypting->wants_pin()) {
        operations.decrypting->set_pin(pin.clone());
    }
    return true;
}

bool found_pin_locked(const Outcome<void>& outcome) {
    return !outcome.ok() && outcome.error().cause &&
           outcome.error().cause->code == ErrorCode::PinBlocked;
}

/// Whether the card takes this PIN. If it turns out to be locked, the user is logged out as well
/// (PKCS #11 v3.0, section 5.6.8, C_Login).
Outcome<void> check_operation_pin(Session& session, const SecretBytes& pin) {
    OpenToken& token = session.token();
    Outcome<void> checked = token.logins().run(pin, Deadline::never(), [&]() -> Result<void> {
        if (token.refuses_logins()) return Error(ErrorCode::ShuttingDown, "C_Login");
        return token.token().check_operation_pin(session.client(), pin, Deadline::never());
    });
    if (found_pin_locked(checked)) token.log_out();
    return checked;
}

/// For keys of CKA_ALWAYS_AUTHENTICATE. The PIN stays with the operation, which presents it again
/// directly before it uses the key; here it is only checked.
Outcome<void> log_in_for_operation(Session& session, const SecretBytes& pin) {
    if (!operation_wants_pin(*session.operations())) return refuse(CKR_OPERATION_NOT_INITIALIZED);
    CARDMUX_TRY(check_operation_pin(session, pin));
    if (!hand_over_pin(*session.operations(), pin)) return refuse(CKR_OPERATION_NOT_INITIALIZED);
    return done();
}

Outcome<void> log_in(Session& session, CK_USER_TYPE user, ByteView pin) {
    // What a security officer is there for, C_InitToken and C_InitPIN, this module does not have.
    if (user != CKU_USER && user != CKU_CONTEXT_SPECIFIC) return refuse(CKR_USER_TYPE_INVALID);
    // No pointer would mean a PIN pad, which no token of ours claims to have.
    if (pin.data() == nullptr) return refuse(CKR_ARGUMENTS_BAD);
    // Not CKR_PIN_LEN_RANGE, which the standard has for C_SetPIN only.
    if (pin.size() > pin_size_limit) return Error(ErrorCode::PinFormatInvalid, "C_Login");
    const SecretBytes secret(pin);
    return user == CKU_USER ? log_in_user(session, secret) : log_in_for_operation(session, secret);
}

Outcome<void> log_out(Session& session) {
    if (!session.token().is_logged_in()) return refuse(CKR_USER_NOT_LOGGED_IN);
    // Of two calls at once that find a login, one ends it.
    if (!session.token().log_out()) return refuse(CKR_USER_NOT_LOGGED_IN);
    return done();
}

/// Ends what the flags name; what has not begun is ended already.
Outcome<void> cancel(Session& session, CK_FLAGS flags) {
    auto operations = session.operations();
    if ((flags & CKF_SIGN) != 0) operations->signing.reset();
    if ((flags & CKF_VERIFY) != 0) operations->verifying.reset();
    if ((flags & CKF_DECRYPT) != 0) operations->decrypting.reset();
    if ((flags & CKF_DIGEST) != 0) operations->digesting.reset();
    if ((flags & CKF_FIND_OBJECTS) != 0) operations->finding.reset();
    return done();
}

}  // namespace
}  // namespace cardmux::pkcs11

using namespace cardmux::pkcs11;

/// CKR_SLOT_ID_INVALID, CKR_TOKEN_NOT_PRESENT, CKR_SESSION_PARALLEL_NOT_SUPPORTED. Waits for no
/// card.
CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR, CK_NOTIFY,
                    CK_SESSION_HANDLE_PTR session) noexcept {
    return slot_call("C_OpenSession",
                     [&](Module& module) { return open(module, slot, flags, session); });
}

/// Calls that other threads have begun with this session finish.
CK_RV C_CloseSession(CK_SESSION_HANDLE session) noexcept {
    return slot_call("C_CloseSession",
                     [&](Module& module) { return module.close_session(session); });
}

CK_RV C_CloseAllSessions(CK_SLOT_ID slot) noexcept {
    return slot_call("C_CloseAllSessions", [&](Module& module) -> Outcome<void> {
        CARDMUX_TRY(module.find_slot(slot));
        module.close_all_sessions(slot);
        return done();
    });
}

CK_RV C_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info) noexcept {
    return session_call("C_GetSessionInfo", session,
                        [&](Session& s) { return describe_session(s, info); });
}

/// CKR_PIN_INCORRECT, CKR_PIN_LOCKED, CKR_USER_ALREADY_LOGGED_IN, CKR_USER_TYPE_INVALID. Waits for
/// the card.
CK_RV C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin,
              CK_ULONG pin_size) noexcept {
    return session_call("C_Login", session, [&](Session& s) {
        return log_in(s, user, {pin, pin_size});
    });
}

/// As C_Login; a PIV card has one user, who has no name.
CK_RV C_LoginUser(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin,
                  CK_ULONG pin_size, CK_UTF8CHAR_PTR, CK_ULONG user_name_size) noexcept {
    return session_call("C_LoginUser", session, [&](Session& s) -> Outcome<void> {
        if (user_name_size > 0) return refuse(CKR_ARGUMENTS_BAD);
        return log_in(s, user, {pin, pin_size});
    });
}

/// For all sessions of this process with the token. Waits for nothing.
CK_RV C_Logout(CK_SESSION_HANDLE session) noexcept {
    return session_call("C_Logout", session, [](Session& s) { return log_out(s); });
}

CK_RV C_SessionCancel(CK_SESSION_HANDLE session, CK_FLAGS flags) noexcept {
    return session_call("C_SessionCancel", session, [&](Session& s) { return cancel(s, flags); });
}

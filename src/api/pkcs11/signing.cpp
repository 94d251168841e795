// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Signing (PKCS #11, section 5.13). The card is asked by C_Sign and C_SignFinal only; hashing and
// padding are ours.
#include "api/pkcs11/boundary.h"
#include "api/pkcs11/operations/take_operation.h"

namespace cardmux::pkcs11 {
namespace {

Outcome<void> finish(Session& session, Message message, const Outcome<ByteView>& last,
                     OutputBuffer output) {
    CARDMUX_TRY_ASSIGN(std::optional<SignOperation> signing,
                       take_if_room(session, &Operations::signing, message, output));
    if (!signing) return done();
    if (!last.ok()) return last.error();
    CARDMUX_TRY_ASSIGN(const Bytes signature,
                       signing->finish(session.token().token(), session.client(), *last));
    return output.write(signature);
}

}  // namespace
}  // namespace cardmux::pkcs11

using namespace cardmux::pkcs11;

/// CKR_KEY_HANDLE_INVALID, CKR_MECHANISM_INVALID, CKR_OPERATION_ACTIVE, CKR_USER_NOT_LOGGED_IN and
/// other codes of the standard. Asks no card.
CK_RV C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                 CK_OBJECT_HANDLE key) noexcept {
    return session_call("C_SignInit", session, [&](Session& s) {
        return begin_with_key(s, &Operations::signing, mechanism, key, CKO_PRIVATE_KEY);
    });
}

/// CKR_USER_NOT_LOGGED_IN: log in (again), or for this operation. May wait for the card.
CK_RV C_Sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size, CK_BYTE_PTR output,
             CK_ULONG_PTR output_size) noexcept {
    return session_call<Situation::Signature>("C_Sign", session, [&](Session& s) {
        return finish(s, Message::Whole, input(data, data_size), {output, output_size});
    });
}

CK_RV C_SignUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_size) noexcept {
    return session_call("C_SignUpdate", session, [&](Session& s) {
        return update_operation(s, &Operations::signing, input(part, part_size));
    });
}

/// As C_Sign.
CK_RV C_SignFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR output,
                  CK_ULONG_PTR output_size) noexcept {
    return session_call<Situation::Signature>("C_SignFinal", session, [&](Session& s) {
        return finish(s, Message::InParts, cardmux::ByteView(), {output, output_size});
    });
}

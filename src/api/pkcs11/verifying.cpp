// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Checking signatures with public keys of the token (PKCS #11, section 5.15). In software: no
// function here asks a card.
#include "api/pkcs11/boundary.h"
#include "api/pkcs11/operations/take_operation.h"

namespace cardmux::pkcs11 {
namespace {

Outcome<void> finish(Session& session, Message message, const Outcome<ByteView>& last,
                     const Outcome<ByteView>& signature) {
    CARDMUX_TRY_ASSIGN(VerifyOperation verifying,
                       take_operation(session, &Operations::verifying, message));
    if (!last.ok()) return last.error();
    if (!signature.ok()) return signature.error();
    return verifying.finish(*last, *signature);
}

}  // namespace
}  // namespace cardmux::pkcs11

using namespace cardmux::pkcs11;

CK_RV C_VerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                   CK_OBJECT_HANDLE key) noexcept {
    return session_call("C_VerifyInit", session, [&](Session& s) {
        return begin_with_key(s, &Operations::verifying, mechanism, key, CKO_PUBLIC_KEY);
    });
}

/// CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE.
CK_RV C_Verify(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size,
               CK_BYTE_PTR signature, CK_ULONG signature_size) noexcept {
    return session_call("C_Verify", session, [&](Session& s) {
        return finish(s, Message::Whole, input(data, data_size), input(signature, signature_size));
    });
}

CK_RV C_VerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_size) noexcept {
    return session_call("C_VerifyUpdate", session, [&](Session& s) {
        return update_operation(s, &Operations::verifying, input(part, part_size));
    });
}

CK_RV C_VerifyFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR signature,
                    CK_ULONG signature_size) noexcept {
    return session_call("C_VerifyFinal", session, [&](Session& s) {
        return finish(s, Message::InParts, cardmux::ByteView(), input(signature, signature_size));
    });
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Digests (PKCS #11, section 5.12). In software: no function here asks a card.
#include "api/pkcs11/boundary.h"
#include "api/pkcs11/operations/take_operation.h"

namespace cardmux::pkcs11 {
namespace {

Outcome<void> start(Session& session, const CK_MECHANISM* mechanism) {
    if (mechanism == nullptr) return cancel_operation(session, &Operations::digesting);
    if (session.operations()->digesting) return refuse(CKR_OPERATION_ACTIVE);
    CARDMUX_TRY_ASSIGN(DigestOperation digesting, DigestOperation::start(*mechanism));
    return begin_operation(session, &Operations::digesting, std::move(digesting));
}

Outcome<void> finish(Session& session, Message message, const Outcome<ByteView>& last,
                     OutputBuffer output) {
    CARDMUX_TRY_ASSIGN(std::optional<DigestOperation> digesting,
                       take_if_room(session, &Operations::digesting, message, output));
    if (!digesting) return done();
    if (!last.ok()) return last.error();
    CARDMUX_TRY_ASSIGN(const Bytes digest, digesting->finish(*last));
    return output.write(digest);
}

}  // namespace
}  // namespace cardmux::pkcs11

using namespace cardmux::pkcs11;

CK_RV C_DigestInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism) noexcept {
    return session_call("C_DigestInit", session, [&](Session& s) { return start(s, mechanism); });
}

CK_RV C_Digest(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size, CK_BYTE_PTR output,
               CK_ULONG_PTR output_size) noexcept {
    return session_call("C_Digest", session, [&](Session& s) {
        return finish(s, Message::Whole, input(data, data_size), {output, output_size});
    });
}

CK_RV C_DigestUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_size) noexcept {
    return session_call("C_DigestUpdate", session, [&](Session& s) {
        return update_operation(s, &Operations::digesting, input(part, part_size));
    });
}

/// No key's value ever leaves the card, so none can be digested.
CK_RV C_DigestKey(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE) noexcept {
    return session_call("C_DigestKey", session, [](Session& s) -> Outcome<void> {
        CARDMUX_TRY(take_operation(s, &Operations::digesting, Message::InParts));
        return refuse(CKR_KEY_INDIGESTIBLE);
    });
}

CK_RV C_DigestFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR output,
                    CK_ULONG_PTR output_size) noexcept {
    return session_call("C_DigestFinal", session, [&](Session& s) {
        return finish(s, Message::InParts, cardmux::ByteView(), {output, output_size});
    });
}

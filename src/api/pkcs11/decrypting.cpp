// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Decrypting (PKCS #11, section 5.10). The card is asked by C_Decrypt and C_DecryptFinal only;
// taking the padding off is ours. RSA has one block, so parts are collected.
#include "api/pkcs11/boundary.h"
#include "api/pkcs11/operations/take_operation.h"

namespace cardmux::pkcs11 {
namespace {

/// How long the result is, only the card can tell: a buffer that turns out too small leaves the
/// operation, with the result in it.
Outcome<void> finish(Session& session, Message message, const Outcome<ByteView>& last,
                     OutputBuffer output) {
    CARDMUX_TRY_ASSIGN(DecryptOperation decrypting,
                       take_operation(session, &Operations::decrypting, message));
    if (!output.is_valid() || !last.ok()) return refuse(CKR_ARGUMENTS_BAD);
    std::size_t needed = decrypting.result_size_max();
    if (!output.asks_for_size()) {
        CARDMUX_TRY_ASSIGN(const ByteView result,
                           decrypting.finish(session.token().token(), session.client(), *last));
        if (output.has_room_for(result.size())) return output.write(result);
        needed = result.size();
    }
    CARDMUX_TRY(begin_operation(session, &Operations::decrypting, std::move(decrypting)));
    return output.tell_size(needed);
}

/// Nothing comes out before the end, so a question for the size is answered with 0. It feeds
/// nothing: the caller asks first and then brings the same part again.
Outcome<void> update(Session& session, const Outcome<ByteView>& part, OutputBuffer output) {
    if (output.is_valid() && output.asks_for_size()) {
        if (!session.operations()->decrypting) return refuse(CKR_OPERATION_NOT_INITIALIZED);
        return output.tell_size(0);
    }
    const Outcome<ByteView> fed =
        output.is_valid() ? part : Outcome<ByteView>(refuse(CKR_ARGUMENTS_BAD));
    CARDMUX_TRY(update_operation(session, &Operations::decrypting, fed));
    return output.write({});
}

}  // namespace
}  // namespace cardmux::pkcs11

using namespace cardmux::pkcs11;

CK_RV C_DecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                    CK_OBJECT_HANDLE key) noexcept {
    return session_call("C_DecryptInit", session, [&](Session& s) {
        return begin_with_key(s, &Operations::decrypting, mechanism, key, CKO_PRIVATE_KEY);
    });
}

/// CKR_ENCRYPTED_DATA_INVALID, CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_USER_NOT_LOGGED_IN. May wait for
/// the card.
CK_RV C_Decrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size, CK_BYTE_PTR output,
                CK_ULONG_PTR output_size) noexcept {
    return session_call<Situation::Decryption>("C_Decrypt", session, [&](Session& s) {
        return finish(s, Message::Whole, input(data, data_size), {output, output_size});
    });
}

/// Gives out nothing: RSA has nothing to say before the end.
CK_RV C_DecryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_size,
                      CK_BYTE_PTR output, CK_ULONG_PTR output_size) noexcept {
    return session_call<Situation::Decryption>("C_DecryptUpdate", session, [&](Session& s) {
        return update(s, input(part, part_size), {output, output_size});
    });
}

/// As C_Decrypt.
CK_RV C_DecryptFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR output,
                     CK_ULONG_PTR output_size) noexcept {
    return session_call<Situation::Decryption>("C_DecryptFinal", session, [&](Session& s) {
        return finish(s, Message::InParts, cardmux::ByteView(), {output, output_size});
    });
}

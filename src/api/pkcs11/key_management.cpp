// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Key management (PKCS #11, section 5.18), of it: making a key pair on the card.
#include "api/pkcs11/boundary.h"
#include "api/pkcs11/writing/key_templates.h"
#include "api/pkcs11/writing/write_access.h"

namespace cardmux::pkcs11 {
namespace {

struct Template {
    const CK_ATTRIBUTE* attributes;
    CK_ULONG count;
};

struct KeyPairHandles {
    CK_OBJECT_HANDLE* public_key;
    CK_OBJECT_HANDLE* private_key;
};

Outcome<token::NewKey> plan(const CK_MECHANISM& mechanism, const Template& of_public,
                            const Template& of_private) {
    CARDMUX_TRY_ASSIGN(const ObjectTemplate public_key,
                       ObjectTemplate::read(of_public.attributes, of_public.count));
    CARDMUX_TRY_ASSIGN(const ObjectTemplate private_key,
                       ObjectTemplate::read(of_private.attributes, of_private.count));
    return plan_key_pair(mechanism, public_key, private_key);
}

Outcome<void> tell_handles(Session& session, std::uint8_t place, const KeyPairHandles& handles) {
    CARDMUX_TRY_ASSIGN(const auto objects, objects_after_writing(session));
    const auto public_key = objects->find(CKO_PUBLIC_KEY, place);
    const auto private_key = objects->find(CKO_PRIVATE_KEY, place);
    // Somebody else has taken it away already.
    if (!public_key || !private_key) return Error(ErrorCode::OutcomeUnknown, "C_GenerateKeyPair");
    *handles.public_key = public_key->handle;
    *handles.private_key = private_key->handle;
    return done();
}

Outcome<void> generate(Session& session, const CK_MECHANISM* mechanism, const Template& of_public,
                       const Template& of_private, const KeyPairHandles& handles) {
    if (mechanism == nullptr || handles.public_key == nullptr || handles.private_key == nullptr)
        return refuse(CKR_ARGUMENTS_BAD);
    CARDMUX_TRY(check_may_write(session));
    CARDMUX_TRY_ASSIGN(token::NewKey key, plan(*mechanism, of_public, of_private));
    CARDMUX_TRY_ASSIGN(
        const std::uint8_t place,
        session.token().token().create_key(session.client(), std::move(key), Deadline::never()));
    return tell_handles(session, place, handles);
}

}  // namespace
}  // namespace cardmux::pkcs11

using namespace cardmux::pkcs11;

/// CKR_ATTRIBUTE_VALUE_INVALID: also if the place that CKA_ID names is taken; all others of
/// templates, CKR_SESSION_READ_ONLY, CKR_USER_NOT_LOGGED_IN, CKR_TOKEN_WRITE_PROTECTED (no
/// management key), CKR_DEVICE_MEMORY (no place free). Waits for the card to make the key.
CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                        CK_ATTRIBUTE_PTR public_attributes, CK_ULONG public_count,
                        CK_ATTRIBUTE_PTR private_attributes, CK_ULONG private_count,
                        CK_OBJECT_HANDLE_PTR public_key,
                        CK_OBJECT_HANDLE_PTR private_key) noexcept {
    return session_call<Situation::Creation>("C_GenerateKeyPair", session, [&](Session& s) {
        return generate(s, mechanism, {public_attributes, public_count},
                        {private_attributes, private_count}, {public_key, private_key});
    });
}

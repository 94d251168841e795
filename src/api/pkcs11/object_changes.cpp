// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Object management (PKCS #11, section 5.7), writing: certificates and imported keys come onto the
// card, keys and certificates go.
#include <algorithm>

#include "api/pkcs11/boundary.h"
#include "api/pkcs11/writing/certificate_template.h"
#include "api/pkcs11/writing/key_templates.h"
#include "api/pkcs11/writing/write_access.h"

namespace cardmux::pkcs11 {
namespace {

/// The highest class of 3.0's that is an object's; what lies above is nobody's.
constexpr CK_OBJECT_CLASS last_class = CKO_PROFILE;

/// The place of the key that the certificate certifies.
///
/// errors    CKR_TEMPLATE_INCOMPLETE: no key of the card, so CKA_ID would have had to say it
Outcome<std::uint8_t> place_of(Session& session, const crypto::PublicKey& public_key) {
    CARDMUX_TRY_ASSIGN(const auto objects, session.token().objects(session.client()));
    const auto found = std::ranges::find_if(objects->all(), [&](const auto& object) {
        return object->key && object->key->public_key == public_key;
    });
    if (found == objects->all().end()) return refuse(CKR_TEMPLATE_INCOMPLETE);
    return (*found)->key_reference;
}

/// returns   the place
Outcome<std::uint8_t> write_certificate(Session& session, const ObjectTemplate& object) {
    CARDMUX_TRY_ASSIGN(const NewCertificate made, plan_certificate(object));
    std::uint8_t place = made.key_reference.value_or(0);
    if (!made.key_reference) {
        CARDMUX_TRY_ASSIGN(place, place_of(session, made.public_key));
    }
    CARDMUX_TRY(session.token().token().write_certificate(session.client(), place, made.der,
                                                          Deadline::never()));
    return place;
}

/// returns   the place
Outcome<std::uint8_t> import_key(Session& session, const ObjectTemplate& object) {
    CARDMUX_TRY_ASSIGN(token::NewKey key, plan_import(object));
    return session.token().token().create_key(session.client(), std::move(key), Deadline::never());
}

Outcome<std::uint8_t> write_object(Session& session, CK_OBJECT_CLASS object_class,
                                   const ObjectTemplate& object) {
    if (object_class == CKO_CERTIFICATE) return write_certificate(session, object);
    if (object_class == CKO_PRIVATE_KEY) return import_key(session, object);
    // The standard has it and this token has no place for it, or nobody has it.
    return refuse(object_class <= last_class ? CKR_TEMPLATE_INCONSISTENT
                                             : CKR_ATTRIBUTE_VALUE_INVALID);
}

Outcome<void> create(Session& session, const CK_ATTRIBUTE* attributes, CK_ULONG count,
                     CK_OBJECT_HANDLE* handle) {
    if (handle == nullptr) return refuse(CKR_ARGUMENTS_BAD);
    CARDMUX_TRY(check_may_write(session));
    CARDMUX_TRY_ASSIGN(const ObjectTemplate object, ObjectTemplate::read(attributes, count));
    CARDMUX_TRY_ASSIGN(const CK_ULONG object_class, object.require_number(CKA_CLASS));
    CARDMUX_TRY_ASSIGN(const std::uint8_t place, write_object(session, object_class, object));
    CARDMUX_TRY_ASSIGN(const auto objects, objects_after_writing(session));
    const auto made = objects->find(object_class, place);
    // Somebody else has taken it away already.
    if (!made) return Error(ErrorCode::OutcomeUnknown, "C_CreateObject");
    *handle = made->handle;
    return done();
}

/// A key that is no more, or another one by now, is for C_DestroyObject an object that is not
/// there.
Result<void> delete_from_card(Session& session, const Object& object) {
    token::Token& token = session.token().token();
    const auto removed =
        object.object_class == CKO_CERTIFICATE
            ? token.write_certificate(session.client(), object.key_reference, {}, Deadline::never())
            : token.delete_key(session.client(), object.key_reference, Deadline::never(),
                               &object.key->public_key);
    if (!removed && removed.error().code == ErrorCode::KeyNotFound)
        return Error(ErrorCode::ObjectNotFound, "C_DestroyObject");
    return removed;
}

Outcome<void> destroy(Session& session, CK_OBJECT_HANDLE handle) {
    const std::shared_ptr<const Object> object = session.token().find(handle);
    if (object == nullptr) return refuse(CKR_OBJECT_HANDLE_INVALID);
    CARDMUX_TRY(check_may_write(session));
    if (object->object_class == CKO_PUBLIC_KEY) return refuse(CKR_ACTION_PROHIBITED);
    const auto removed = delete_from_card(session, *object);
    // Also after a failure: what the others see is what is there.
    const auto after = objects_after_writing(session);
    if (!removed) return removed;
    if (!after.ok()) return after.error();
    return done();
}

}  // namespace
}  // namespace cardmux::pkcs11

using namespace cardmux::pkcs11;

/// Certificates and private keys. CKR_TEMPLATE_INCONSISTENT: also for every other class, and for a
/// certificate that is another key's; CKR_ATTRIBUTE_VALUE_INVALID: also if the place that CKA_ID
/// names has a key already, or of a certificate none; as C_GenerateKeyPair. Waits for the card.
CK_RV C_CreateObject(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                     CK_OBJECT_HANDLE_PTR object) noexcept {
    return session_call<Situation::Creation>("C_CreateObject", session, [&](Session& s) {
        return create(s, attributes, count, object);
    });
}

/// A private key goes with its public key and its certificate, a certificate alone; a public key
/// alone: CKR_ACTION_PROHIBITED. CKR_OBJECT_HANDLE_INVALID, CKR_SESSION_READ_ONLY,
/// CKR_USER_NOT_LOGGED_IN, CKR_TOKEN_WRITE_PROTECTED. Waits for the card.
CK_RV C_DestroyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) noexcept {
    return session_call("C_DestroyObject", session, [&](Session& s) { return destroy(s, object); });
}

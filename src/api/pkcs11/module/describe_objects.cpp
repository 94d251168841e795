// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/module/describe_objects.h"

#include <string>

#include "api/pkcs11/module/curve_parameters.h"
#include "api/pkcs11/operations/mechanisms.h"
#include "crypto/hash.h"

namespace cardmux::pkcs11 {
namespace {

/// EC_POINT is an OCTET STRING around the point; 97 bytes at most, so one length byte does.
Bytes octet_string(ByteView content) {
    Bytes wrapped = {0x04, static_cast<std::uint8_t>(content.size())};
    append(wrapped, content);
    return wrapped;
}

/// A text that tells this object apart from every other, on whatever card.
std::string unique_id(const drivers::CardIdentity& card, std::uint8_t reference, const char* kind) {
    return to_hex(card.unique_id) + "-" + to_hex({&reference, 1}) + "-" + kind;
}

Object storage_object(CK_OBJECT_CLASS object_class, bool is_private, std::uint8_t reference,
                      const std::string& label) {
    Object object;
    object.object_class = object_class;
    object.is_private = is_private;
    object.key_reference = reference;
    ObjectAttributes& a = object.attributes;
    a.set_number(CKA_CLASS, object_class);
    a.set_flag(CKA_TOKEN, true);
    a.set_flag(CKA_PRIVATE, is_private);
    a.set_flag(CKA_MODIFIABLE, false);
    a.set_flag(CKA_COPYABLE, false);
    // A public key goes with its private key.
    a.set_flag(CKA_DESTROYABLE, object_class != CKO_PUBLIC_KEY);
    a.set_text(CKA_LABEL, label);
    return object;
}

/// The first three bytes of the certificate's SHA-1 (PKCS #11, certificate attributes).
Bytes check_value(ByteView certificate) {
    constexpr std::size_t check_value_size = 3;
    Result<Bytes> hashed = crypto::hash(crypto::HashAlgorithm::Sha1, certificate);
    if (!hashed.ok()) return {};
    hashed->resize(check_value_size);
    return *hashed;
}

Object describe_certificate(const token::TokenContents& contents,
                            const token::TokenCertificate& from) {
    const crypto::Certificate& certificate = from.certificate;
    const token::TokenKey* key = contents.find_key(from.key_reference);
    Object object = storage_object(CKO_CERTIFICATE, false, from.key_reference, from.label);
    ObjectAttributes& a = object.attributes;
    a.set_number(CKA_CERTIFICATE_TYPE, CKC_X_509);
    a.set_number(CKA_CERTIFICATE_CATEGORY, CK_CERTIFICATE_CATEGORY_TOKEN_USER);
    a.set_flag(CKA_TRUSTED, false);
    a.set(CKA_ID, key != nullptr ? key->id : Bytes{from.key_reference});
    a.set(CKA_SUBJECT, certificate.subject);
    a.set(CKA_ISSUER, certificate.issuer);
    a.set(CKA_SERIAL_NUMBER, certificate.serial_number);
    a.set(CKA_VALUE, certificate.der);
    a.set(CKA_PUBLIC_KEY_INFO, certificate.public_key_info);
    a.set(CKA_CHECK_VALUE, check_value(certificate.der));
    a.set_text(CKA_START_DATE, certificate.not_before);
    a.set_text(CKA_END_DATE, certificate.not_after);
    a.set_text(CKA_UNIQUE_ID, unique_id(contents.identity, from.key_reference, "certificate"));
    return object;
}

void add_rsa(ObjectAttributes& a, const crypto::RsaPublicKey& key) {
    a.set_number(CKA_KEY_TYPE, CKK_RSA);
    a.set(CKA_MODULUS, key.modulus);
    a.set_number(CKA_MODULUS_BITS, static_cast<CK_ULONG>(crypto::key_bits(key)));
    a.set(CKA_PUBLIC_EXPONENT, key.exponent);
}

void add_ec(ObjectAttributes& a, const crypto::EcPublicKey& key) {
    a.set_number(CKA_KEY_TYPE, CKK_EC);
    a.set(CKA_EC_PARAMS, curve_parameters(key.curve));
    // Not an attribute of private keys by the standard, but programs ask for it.
    a.set(CKA_EC_POINT, octet_string(key.point));
}

/// What public and private key have in common.
Object describe_key(const token::TokenContents& contents, const token::TokenKey& from,
                    CK_OBJECT_CLASS object_class, bool is_private) {
    Object object = storage_object(object_class, is_private, from.key.reference, from.label);
    object.key = from.key;
    ObjectAttributes& a = object.attributes;
    if (const auto* rsa = std::get_if<crypto::RsaPublicKey>(&from.key.public_key)) add_rsa(a, *rsa);
    if (const auto* ec = std::get_if<crypto::EcPublicKey>(&from.key.public_key)) add_ec(a, *ec);
    a.set(CKA_ID, from.id);
    a.set(CKA_SUBJECT, from.subject);
    a.set(CKA_PUBLIC_KEY_INFO, from.public_key_info);
    a.set_text(CKA_START_DATE, "");
    a.set_text(CKA_END_DATE, "");
    a.set_flag(CKA_DERIVE, false);
    a.set_flag(CKA_LOCAL, false);
    a.set_number(CKA_KEY_GEN_MECHANISM, CK_UNAVAILABLE_INFORMATION);
    const char* kind = object_class == CKO_PRIVATE_KEY ? "private" : "public";
    a.set_text(CKA_UNIQUE_ID, unique_id(contents.identity, from.key.reference, kind));
    return object;
}

Object describe_public_key(const token::TokenContents& contents, const token::TokenKey& from) {
    Object object = describe_key(contents, from, CKO_PUBLIC_KEY, false);
    ObjectAttributes& a = object.attributes;
    a.set_flag(CKA_VERIFY, from.key.can_sign);
    a.set_flag(CKA_ENCRYPT, from.key.can_decrypt);
    a.set_flag(CKA_VERIFY_RECOVER, false);
    a.set_flag(CKA_WRAP, false);
    a.set_flag(CKA_TRUSTED, false);
    a.set_numbers(CKA_ALLOWED_MECHANISMS, mechanisms_of(from.key, CKF_VERIFY));
    return object;
}

void add_secrets(Object& object) {
    ObjectAttributes& a = object.attributes;
    if (std::holds_alternative<crypto::EcPublicKey>(object.key->public_key)) {
        a.set_secret(CKA_VALUE);
        return;
    }
    for (const CK_ATTRIBUTE_TYPE type : {CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_PRIME_2,
                                         CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT}) {
        a.set_secret(type);
    }
}

Object describe_private_key(const token::TokenContents& contents, const token::TokenKey& from) {
    const bool needs_pin = from.key.pin_policy != drivers::PinPolicy::Never;
    Object object = describe_key(contents, from, CKO_PRIVATE_KEY, needs_pin);
    ObjectAttributes& a = object.attributes;
    a.set_flag(CKA_SIGN, from.key.can_sign);
    a.set_flag(CKA_DECRYPT, from.key.can_decrypt);
    a.set_flag(CKA_SIGN_RECOVER, false);
    a.set_flag(CKA_UNWRAP, false);
    a.set_flag(CKA_SENSITIVE, true);
    a.set_flag(CKA_EXTRACTABLE, false);
    a.set_flag(CKA_ALWAYS_SENSITIVE, false);
    a.set_flag(CKA_NEVER_EXTRACTABLE, false);
    a.set_flag(CKA_WRAP_WITH_TRUSTED, false);
    a.set_flag(CKA_ALWAYS_AUTHENTICATE, from.key.pin_policy == drivers::PinPolicy::Always);
    a.set_numbers(CKA_ALLOWED_MECHANISMS, mechanisms_of(from.key, CKF_SIGN | CKF_DECRYPT));
    add_secrets(object);
    return object;
}

}  // namespace

std::vector<Object> describe_objects(const token::TokenContents& contents) {
    std::vector<Object> objects;
    for (const auto& certificate : contents.certificates) {
        objects.push_back(describe_certificate(contents, certificate));
    }
    for (const auto& key : contents.keys) {
        objects.push_back(describe_public_key(contents, key));
        objects.push_back(describe_private_key(contents, key));
    }
    return objects;
}

}  // namespace cardmux::pkcs11

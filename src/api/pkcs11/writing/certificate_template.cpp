// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/writing/certificate_template.h"

#include <array>

#include "api/pkcs11/writing/key_templates.h"

namespace cardmux::pkcs11 {
namespace {

// PKCS #11 v3.0, section 4.6.
constexpr std::array rules = {
    AttributeRule{CKA_CLASS, Rule::Read},
    AttributeRule{CKA_CERTIFICATE_TYPE, Rule::Read},
    AttributeRule{CKA_TOKEN, Rule::True},
    AttributeRule{CKA_PRIVATE, Rule::False},
    AttributeRule{CKA_MODIFIABLE, Rule::False},
    AttributeRule{CKA_COPYABLE, Rule::False},
    AttributeRule{CKA_DESTROYABLE, Rule::True},
    AttributeRule{CKA_TRUSTED, Rule::False},
    AttributeRule{CKA_CERTIFICATE_CATEGORY, Rule::Read},
    AttributeRule{CKA_LABEL, Rule::NotKept},
    AttributeRule{CKA_ID, Rule::Read},
    AttributeRule{CKA_VALUE, Rule::Read},
    AttributeRule{CKA_SUBJECT, Rule::Read},
    AttributeRule{CKA_ISSUER, Rule::Read},
    AttributeRule{CKA_SERIAL_NUMBER, Rule::Read},
    AttributeRule{CKA_PUBLIC_KEY_INFO, Rule::Read},
    AttributeRule{CKA_START_DATE, Rule::Read},
    AttributeRule{CKA_END_DATE, Rule::Read},
    AttributeRule{CKA_CHECK_VALUE, Rule::NotKept},
    AttributeRule{CKA_URL, Rule::Empty},
    AttributeRule{CKA_UNIQUE_ID, Rule::Contributed},
};

/// An empty value says nothing: it is the default of all of these.
Outcome<void> expect_if_said(const ObjectTemplate& object, CK_ATTRIBUTE_TYPE type, ByteView value) {
    const std::optional<ByteView> said = object.find(type);
    return said && said->empty() ? done() : object.expect(type, value);
}

Outcome<void> check_against(const ObjectTemplate& object, const crypto::Certificate& certificate) {
    CARDMUX_TRY(expect_if_said(object, CKA_SUBJECT, certificate.subject));
    CARDMUX_TRY(expect_if_said(object, CKA_ISSUER, certificate.issuer));
    CARDMUX_TRY(expect_if_said(object, CKA_SERIAL_NUMBER, certificate.serial_number));
    CARDMUX_TRY(expect_if_said(object, CKA_PUBLIC_KEY_INFO, certificate.public_key_info));
    CARDMUX_TRY(expect_if_said(object, CKA_START_DATE, bytes_of(certificate.not_before)));
    return expect_if_said(object, CKA_END_DATE, bytes_of(certificate.not_after));
}

Outcome<void> check_category(const ObjectTemplate& object) {
    CARDMUX_TRY_ASSIGN(const auto category, object.number(CKA_CERTIFICATE_CATEGORY));
    if (category == CK_CERTIFICATE_CATEGORY_UNSPECIFIED) return done();
    return object.expect_number(CKA_CERTIFICATE_CATEGORY, CK_CERTIFICATE_CATEGORY_TOKEN_USER);
}

}  // namespace

Outcome<NewCertificate> plan_certificate(const ObjectTemplate& object) {
    CARDMUX_TRY(object.check({rules}));
    CARDMUX_TRY(object.expect_on_token());
    CARDMUX_TRY_ASSIGN(const CK_ULONG type, object.require_number(CKA_CERTIFICATE_TYPE));
    if (type != CKC_X_509) return refuse(CKR_TEMPLATE_INCONSISTENT);
    CARDMUX_TRY(check_category(object));
    NewCertificate made;
    CARDMUX_TRY_ASSIGN(made.key_reference, wanted_place(object));
    CARDMUX_TRY_ASSIGN(const ByteView der, object.require(CKA_VALUE));
    const auto certificate = crypto::parse_certificate(der);
    if (!certificate) return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    CARDMUX_TRY(check_against(object, *certificate));
    auto public_key = crypto::parse_public_key_info(certificate->public_key_info);
    if (!public_key) return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    made.public_key = std::move(public_key).value();
    made.der = to_bytes(der);
    return made;
}

}  // namespace cardmux::pkcs11

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// C_CreateObject: certificates for keys of the card, and keys that come from elsewhere.
#include "libcrypto_judge.h"
#include "libcrypto_maker.h"
#include "writable_card.h"

namespace conformance {
namespace {

class CreatingTest : public WritingTest {
  protected:
    static Template certificate_template(const MadeCertificate& certificate) {
        return Template()
            .number(CKA_CLASS, CKO_CERTIFICATE)
            .number(CKA_CERTIFICATE_TYPE, CKC_X_509)
            .flag(CKA_TOKEN)
            .set(CKA_VALUE, certificate.der);
    }
    static Template rsa_template(const LooseKey& key) {
        return Template()
            .number(CKA_CLASS, CKO_PRIVATE_KEY)
            .number(CKA_KEY_TYPE, CKK_RSA)
            .flag(CKA_TOKEN)
            .set(CKA_MODULUS, key.numbers.at("n"))
            .set(CKA_PUBLIC_EXPONENT, key.numbers.at("e"))
            .set(CKA_PRIVATE_EXPONENT, key.numbers.at("d"))
            .set(CKA_PRIME_1, key.numbers.at("rsa-factor1"))
            .set(CKA_PRIME_2, key.numbers.at("rsa-factor2"))
            .set(CKA_EXPONENT_1, key.numbers.at("rsa-exponent1"))
            .set(CKA_EXPONENT_2, key.numbers.at("rsa-exponent2"))
            .set(CKA_COEFFICIENT, key.numbers.at("rsa-coefficient1"));
    }
    static Template ec_template(const LooseKey& key, const Bytes& curve = p256_parameters) {
        return Template()
            .number(CKA_CLASS, CKO_PRIVATE_KEY)
            .number(CKA_KEY_TYPE, CKK_EC)
            .flag(CKA_TOKEN)
            .set(CKA_EC_PARAMS, curve)
            .set(CKA_VALUE, key.numbers.at("priv"));
    }
    /// A key in 9A; its SubjectPublicKeyInfo.
    Bytes make_9a(CK_SESSION_HANDLE session) {
        return attribute(session, make_key(session, id_9a).public_key, CKA_PUBLIC_KEY_INFO);
    }
    CK_OBJECT_HANDLE certificate(CK_SESSION_HANDLE session, CK_BYTE id) {
        return find_one(session, CKO_CERTIFICATE, id);
    }
    void expect_signature(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, const LooseKey& loose) {
        Bytes signature;
        ASSERT_EQ(sign_with(session, CKM_ECDSA_SHA256, key, signature), CKR_OK);
        EXPECT_TRUE(ecdsa_message_verifies(loose.public_key_info, "SHA256", bytes("to be signed"),
                                           signature));
    }
};

// ---- certificates -------------------------------------------------------------------------------

TEST_F(CreatingTest, writes_a_certificate_that_all_sessions_see) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const CK_SESSION_HANDLE other = open();
    const MadeCertificate made = certify(make_9a(session));
    CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
    ASSERT_EQ(create(session, certificate_template(made).set(CKA_ID, {id_9a}), object), CKR_OK);
    EXPECT_EQ(certificate(other, id_9a), object);
    EXPECT_EQ(attribute(other, object, CKA_VALUE), made.der);
    EXPECT_EQ(attribute(other, private_key(session, id_9a), CKA_SUBJECT), made.subject);
}

TEST_F(CreatingTest, leaves_the_keys_handles_as_they_were) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const KeyPair key = make_key(session, id_9a);
    ASSERT_EQ(sign_init(session, CKM_ECDSA_SHA256, key.private_key), CKR_OK);
    const Bytes info = attribute(session, key.public_key, CKA_PUBLIC_KEY_INFO);
    ASSERT_EQ(create(open_for_writing(), certificate_template(certify(info))), CKR_OK);
    EXPECT_EQ(private_key(session, id_9a), key.private_key);
    EXPECT_EQ(public_key(session, id_9a), key.public_key);
    Bytes signature;
    EXPECT_EQ(sign(session, bytes("x"), signature), CKR_OK);
}

TEST_F(CreatingTest, finds_the_place_of_a_certificate_by_its_key) {
    const CK_SESSION_HANDLE session = open_as_writer();
    make_key(session, id_9c);
    const MadeCertificate made = certify(make_9a(session));
    EXPECT_EQ(create(session, certificate_template(made)), CKR_OK);
    EXPECT_NE(certificate(session, id_9a), CK_INVALID_HANDLE);
    EXPECT_EQ(certificate(session, id_9c), CK_INVALID_HANDLE);
    EXPECT_EQ(create(session, certificate_template(certify(make_ec_key("P-256").public_key_info))),
              CKR_TEMPLATE_INCOMPLETE);
}

TEST_F(CreatingTest, replaces_a_certificate_by_one_of_the_same_key) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const Bytes info = make_9a(session);
    CK_OBJECT_HANDLE first = CK_INVALID_HANDLE;
    CK_OBJECT_HANDLE second = CK_INVALID_HANDLE;
    ASSERT_EQ(create(session, certificate_template(certify(info, "old")), first), CKR_OK);
    const MadeCertificate renewed = certify(info, "new");
    ASSERT_EQ(create(session, certificate_template(renewed), second), CKR_OK);
    EXPECT_NE(first, second);
    EXPECT_EQ(certificate(session, id_9a), second);
    EXPECT_EQ(attribute(session, second, CKA_VALUE), renewed.der);
    CK_ATTRIBUTE request{CKA_VALUE, nullptr, 0};
    EXPECT_EQ(p11.C_GetAttributeValue(session, first, &request, 1), CKR_OBJECT_HANDLE_INVALID);
}

TEST_F(CreatingTest, refuses_a_certificate_that_does_not_fit) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const MadeCertificate right = certify(make_9a(session));
    make_key(session, id_9c);
    const auto code = [&](Template object) { return create(session, object); };
    EXPECT_EQ(code(certificate_template(right).set(CKA_ID, {id_9c})), CKR_TEMPLATE_INCONSISTENT);
    EXPECT_EQ(code(certificate_template(right).set(CKA_ID, {id_9d})), CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(code(certificate_template(right).set(CKA_ID, {99})), CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(code(certificate_template(right).set(CKA_VALUE, {0x30, 0x00})),
              CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(code(certificate_template(right).without(CKA_VALUE)), CKR_TEMPLATE_INCOMPLETE);
    EXPECT_EQ(code(certificate_template(right).without(CKA_CERTIFICATE_TYPE)),
              CKR_TEMPLATE_INCOMPLETE);
    EXPECT_EQ(code(certificate_template(right).number(CKA_CERTIFICATE_TYPE, 2)),
              CKR_TEMPLATE_INCONSISTENT);
    EXPECT_EQ(code(certificate_template(right).without(CKA_TOKEN)), CKR_TEMPLATE_INCONSISTENT);
    EXPECT_EQ(code(certificate_template(right).set(CKA_SUBJECT, right.issuer)),
              CKR_TEMPLATE_INCONSISTENT);
    EXPECT_EQ(code(certificate_template(right).flag(CKA_PRIVATE)), CKR_TEMPLATE_INCONSISTENT);
    EXPECT_EQ(code(certificate_template(right).flag(CKA_TRUSTED)), CKR_TEMPLATE_INCONSISTENT);
    EXPECT_EQ(code(certificate_template(right).set(CKA_URL, bytes("http://x"))),
              CKR_TEMPLATE_INCONSISTENT);
    EXPECT_EQ(code(certificate_template(right).set(CKA_UNIQUE_ID, {1})), CKR_ATTRIBUTE_READ_ONLY);
    EXPECT_EQ(code(certificate_template(right).flag(CKA_SIGN)), CKR_ATTRIBUTE_TYPE_INVALID);
    EXPECT_EQ(certificate(session, id_9a), CK_INVALID_HANDLE);
    EXPECT_EQ(code(certificate_template(right)
                       .set(CKA_ID, {id_9a})
                       .set(CKA_SUBJECT, right.subject)
                       .set(CKA_ISSUER, right.issuer)
                       .set(CKA_SERIAL_NUMBER, right.serial_number)
                       .set(CKA_LABEL, bytes("mine"))
                       .flag(CKA_PRIVATE, false)),
              CKR_OK);
}

// ---- keys ---------------------------------------------------------------------------------------

TEST_F(CreatingTest, imports_an_rsa_key) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const LooseKey loose = make_rsa_key(2048);
    CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
    ASSERT_EQ(create(session, rsa_template(loose).set(CKA_ID, {id_9a}), key), CKR_OK);
    EXPECT_EQ(private_key(open(), id_9a), key);
    Bytes signature;
    ASSERT_EQ(sign_with(session, CKM_SHA256_RSA_PKCS, key, signature), CKR_OK);
    EXPECT_TRUE(rsa_message_verifies(loose.public_key_info, {}, bytes("to be signed"), signature));
}

TEST_F(CreatingTest, imports_ec_keys_with_their_point_and_without) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const LooseKey p256 = make_ec_key("P-256");
    const LooseKey p384 = make_ec_key("P-384");
    CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
    ASSERT_EQ(create(session, ec_template(p256).set(CKA_ID, {id_9a}), key), CKR_OK);
    expect_signature(session, key, p256);
    Bytes wrapped = {0x04, 0x61};
    wrapped.insert(wrapped.end(), p384.point.begin(), p384.point.end());
    ASSERT_EQ(create(session,
                     ec_template(p384, p384_parameters)
                         .set(CKA_EC_POINT, wrapped)
                         .flag(CKA_SIGN)
                         .flag(CKA_ALWAYS_AUTHENTICATE, false),
                     key),
              CKR_OK);
    EXPECT_EQ(attribute(session, key, CKA_ID), Bytes{5});  // 9A is taken
    expect_signature(session, key, p384);
}

TEST_F(CreatingTest, never_overwrites_a_key) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const Bytes before = make_9a(session);
    EXPECT_EQ(create(session, ec_template(make_ec_key("P-256")).set(CKA_ID, {id_9a})),
              CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(attribute(session, private_key(session, id_9a), CKA_PUBLIC_KEY_INFO), before);
}

TEST_F(CreatingTest, refuses_an_rsa_key_without_all_its_parts) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const LooseKey loose = make_rsa_key(2048);
    for (const CK_ATTRIBUTE_TYPE part : {CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIME_1, CKA_PRIME_2,
                                         CKA_EXPONENT_1, CKA_EXPONENT_2, CKA_COEFFICIENT}) {
        EXPECT_EQ(create(session, rsa_template(loose).without(part)), CKR_TEMPLATE_INCOMPLETE)
            << std::hex << part;
        EXPECT_EQ(create(session, rsa_template(loose).set(part, {})), CKR_ATTRIBUTE_VALUE_INVALID)
            << std::hex << part;
    }
    EXPECT_EQ(create(session, rsa_template(loose).set(CKA_PRIME_1, Bytes(129, 1))),
              CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(create(session, rsa_template(make_rsa_key(1024))), CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(create(session, rsa_template(make_rsa_key(2048, 3))), CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(create(session, rsa_template(loose).without(CKA_KEY_TYPE)), CKR_TEMPLATE_INCOMPLETE);
    EXPECT_EQ(create(session, rsa_template(loose).number(CKA_KEY_TYPE, CKK_AES)),
              CKR_TEMPLATE_INCONSISTENT);
    EXPECT_EQ(create(session, rsa_template(loose).flag(CKA_EXTRACTABLE)),
              CKR_TEMPLATE_INCONSISTENT);
    EXPECT_EQ(create(session, rsa_template(loose).set(CKA_EC_PARAMS, p256_parameters)),
              CKR_ATTRIBUTE_TYPE_INVALID);
    EXPECT_TRUE(find(session).empty());
}

TEST_F(CreatingTest, refuses_a_private_key_that_is_not_the_public_ones) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const LooseKey other = make_ec_key("P-256");
    const LooseKey loose = make_ec_key("P-256");
    EXPECT_EQ(create(session, ec_template(loose).set(CKA_EC_POINT, other.point)),
              CKR_TEMPLATE_INCONSISTENT);
    EXPECT_EQ(create(session, ec_template(loose)
                                  .set(CKA_EC_POINT, loose.point)
                                  .set(CKA_PUBLIC_KEY_INFO, other.public_key_info)),
              CKR_TEMPLATE_INCONSISTENT);
    EXPECT_TRUE(find(session).empty());
    EXPECT_EQ(create(session, ec_template(loose)
                                  .set(CKA_EC_POINT, loose.point)
                                  .set(CKA_PUBLIC_KEY_INFO, loose.public_key_info)),
              CKR_OK);
}

TEST_F(CreatingTest, refuses_wrong_values_of_ec_keys) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const LooseKey loose = make_ec_key("P-256");
    EXPECT_EQ(create(session, ec_template(loose).without(CKA_VALUE)), CKR_TEMPLATE_INCOMPLETE);
    EXPECT_EQ(create(session, ec_template(loose).without(CKA_EC_PARAMS)), CKR_TEMPLATE_INCOMPLETE);
    EXPECT_EQ(create(session, ec_template(loose).set(CKA_VALUE, Bytes(33, 1))),
              CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(create(session, ec_template(loose).set(CKA_VALUE, Bytes(32, 0))),
              CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(create(session, ec_template(loose).set(CKA_EC_POINT, {4, 1, 2})),
              CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_TRUE(find(session).empty());
}

// ---- all others ---------------------------------------------------------------------------------

TEST_F(CreatingTest, refuses_every_other_class) {
    const CK_SESSION_HANDLE session = open_as_writer();
    for (const CK_OBJECT_CLASS other : {CKO_DATA, CKO_PUBLIC_KEY, CKO_SECRET_KEY, CKO_PROFILE}) {
        EXPECT_EQ(create(session, Template().number(CKA_CLASS, other).flag(CKA_TOKEN)),
                  CKR_TEMPLATE_INCONSISTENT);
    }
    EXPECT_EQ(create(session, Template().number(CKA_CLASS, 4711)), CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(create(session, Template().flag(CKA_TOKEN)), CKR_TEMPLATE_INCOMPLETE);
    CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
    EXPECT_EQ(p11.C_CreateObject(session, nullptr, 1, &made), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(p11.C_CreateObject(session, nullptr, 0, nullptr), CKR_ARGUMENTS_BAD);
    CK_ATTRIBUTE no_value{CKA_CLASS, nullptr, sizeof(CK_ULONG)};
    EXPECT_EQ(p11.C_CreateObject(session, &no_value, 1, &made), CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST_F(CreatingTest, wants_a_session_that_writes_and_a_login) {
    const Template object = ec_template(make_ec_key("P-256"));
    EXPECT_EQ(create(open(), object), CKR_SESSION_READ_ONLY);
    const CK_SESSION_HANDLE session = open_for_writing();
    EXPECT_EQ(create(session, object), CKR_USER_NOT_LOGGED_IN);
    EXPECT_EQ(create(4711, object), CKR_SESSION_HANDLE_INVALID);
}

}  // namespace
}  // namespace conformance

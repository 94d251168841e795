// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Key pairs made on the card: where they come to be, what they are like, what is refused.
#include "libcrypto_judge.h"
#include "writable_card.h"

namespace conformance {
namespace {

class GeneratingTest : public WritingTest {
  protected:
    Bytes id_of(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
        return attribute(session, object, CKA_ID);
    }
    /// CKA_ID of the key that comes of it.
    Bytes place_for(CK_SESSION_HANDLE session, CK_MECHANISM_TYPE type, Template of_private) {
        KeyPair made;
        const bool is_rsa = type == CKM_RSA_PKCS_KEY_PAIR_GEN;
        const CK_RV code = generate(session, type, is_rsa ? rsa_public() : ec_public(),
                                    of_private.flag(CKA_TOKEN), made);
        EXPECT_EQ(code, CKR_OK);
        return code == CKR_OK ? id_of(session, made.private_key) : Bytes();
    }
};

TEST_F(GeneratingTest, makes_an_rsa_key_that_signs) {
    const CK_SESSION_HANDLE session = open_as_writer();
    KeyPair made;
    ASSERT_EQ(generate(session, CKM_RSA_PKCS_KEY_PAIR_GEN, rsa_public(), private_in(id_9a), made),
              CKR_OK);
    EXPECT_EQ(private_key(session, id_9a), made.private_key);
    EXPECT_EQ(public_key(session, id_9a), made.public_key);
    EXPECT_EQ(attribute(session, made.public_key, CKA_MODULUS).size(), 256u);
    Bytes signature;
    ASSERT_EQ(sign_with(session, CKM_SHA256_RSA_PKCS, made.private_key, signature), CKR_OK);
    EXPECT_TRUE(rsa_message_verifies(attribute(session, made.public_key, CKA_PUBLIC_KEY_INFO), {},
                                     bytes("to be signed"), signature));
}

TEST_F(GeneratingTest, makes_ec_keys_on_both_curves) {
    const CK_SESSION_HANDLE session = open_as_writer();
    CK_BYTE id = id_9a;
    for (const Bytes& curve : {p256_parameters, p384_parameters}) {
        KeyPair made;
        ASSERT_EQ(generate(session, CKM_EC_KEY_PAIR_GEN, ec_public(curve), private_in(id), made),
                  CKR_OK);
        EXPECT_EQ(attribute(session, made.private_key, CKA_EC_PARAMS), curve);
        Bytes signature;
        ASSERT_EQ(sign_with(session, CKM_ECDSA_SHA256, made.private_key, signature), CKR_OK);
        EXPECT_TRUE(ecdsa_message_verifies(attribute(session, made.public_key, CKA_PUBLIC_KEY_INFO),
                                           "SHA256", bytes("to be signed"), signature));
        id = 5;  // 82
    }
}

TEST_F(GeneratingTest, shows_the_new_key_in_all_sessions_at_once) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const CK_SESSION_HANDLE other = open();
    EXPECT_TRUE(find(other).empty());
    const KeyPair made = make_key(session, id_9a);
    EXPECT_EQ(find(other), (std::vector{made.public_key, made.private_key}));
    EXPECT_EQ(find(open()), find(other));
}

TEST_F(GeneratingTest, puts_a_key_into_the_place_of_its_id) {
    const CK_SESSION_HANDLE session = open_as_writer();
    for (const CK_BYTE id : {CK_BYTE{id_9a}, CK_BYTE{id_9c}, CK_BYTE{id_9d}, CK_BYTE{id_9e},
                             CK_BYTE{5}, CK_BYTE{24}}) {
        const KeyPair made = make_key(session, id);
        EXPECT_EQ(id_of(session, made.private_key), Bytes{id});
        EXPECT_EQ(id_of(session, made.public_key), Bytes{id});
    }
    EXPECT_EQ(attribute(session, private_key(session, id_9e), CKA_PRIVATE), Bytes{CK_FALSE});
    EXPECT_EQ(attribute(session, private_key(session, id_9c), CKA_ALWAYS_AUTHENTICATE),
              Bytes{CK_TRUE});
}

TEST_F(GeneratingTest, takes_the_id_of_either_template_but_not_two) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const Template on_token = Template().flag(CKA_TOKEN);
    EXPECT_EQ(generate_ec(session, ec_public().set(CKA_ID, {id_9c}), private_in(id_9a)),
              CKR_TEMPLATE_INCONSISTENT);
    EXPECT_TRUE(find(session).empty());
    EXPECT_EQ(generate_ec(session, ec_public().set(CKA_ID, {id_9c}), on_token), CKR_OK);
    EXPECT_NE(private_key(session, id_9c), CK_INVALID_HANDLE);
}

TEST_F(GeneratingTest, picks_a_place_by_what_the_key_is_for) {
    const CK_SESSION_HANDLE session = open_as_writer();
    constexpr CK_MECHANISM_TYPE rsa = CKM_RSA_PKCS_KEY_PAIR_GEN;
    constexpr CK_MECHANISM_TYPE ec = CKM_EC_KEY_PAIR_GEN;
    const Template signs = Template().flag(CKA_SIGN);
    EXPECT_EQ(place_for(session, ec, signs), Bytes{id_9c});
    EXPECT_EQ(place_for(session, ec, signs), Bytes{5});
    EXPECT_EQ(place_for(session, rsa, Template().flag(CKA_SIGN).flag(CKA_DECRYPT)), Bytes{id_9a});
    EXPECT_EQ(place_for(session, rsa, Template().flag(CKA_DECRYPT)), Bytes{id_9d});
    EXPECT_EQ(place_for(session, ec, Template().flag(CKA_DERIVE)), Bytes{6});
}

TEST_F(GeneratingTest, picks_no_place_where_the_key_would_be_another) {
    const CK_SESSION_HANDLE session = open_as_writer();
    constexpr CK_MECHANISM_TYPE ec = CKM_EC_KEY_PAIR_GEN;
    const Template signs = Template().flag(CKA_SIGN);
    // 9D derives and does not sign.
    EXPECT_EQ(place_for(session, ec, Template(signs).flag(CKA_DERIVE)), Bytes{5});
    EXPECT_EQ(place_for(session, ec, Template(signs).flag(CKA_ALWAYS_AUTHENTICATE, false)),
              Bytes{id_9a});
    EXPECT_EQ(place_for(session, ec, Template(signs).flag(CKA_ALWAYS_AUTHENTICATE)), Bytes{id_9c});
}

TEST_F(GeneratingTest, refuses_a_place_where_the_key_would_be_another) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const auto refused = [&](CK_BYTE id, CK_ATTRIBUTE_TYPE type, bool value) {
        EXPECT_EQ(generate_ec(session, ec_public(), private_in(id).flag(type, value)),
                  CKR_TEMPLATE_INCONSISTENT)
            << int{id} << " " << std::hex << type;
    };
    refused(id_9d, CKA_SIGN, true);
    refused(id_9c, CKA_DERIVE, true);
    refused(id_9a, CKA_DECRYPT, true);  // an EC key
    refused(id_9e, CKA_PRIVATE, true);
    refused(id_9a, CKA_PRIVATE, false);
    refused(id_9a, CKA_ALWAYS_AUTHENTICATE, true);
    refused(id_9c, CKA_ALWAYS_AUTHENTICATE, false);
    EXPECT_EQ(generate_rsa(session, rsa_public(), private_in(id_9d).flag(CKA_DERIVE)),
              CKR_TEMPLATE_INCONSISTENT);
    EXPECT_TRUE(find(session).empty());
}

/// As pkcs11-tool asks unless it is told otherwise.
TEST_F(GeneratingTest, makes_a_key_where_it_is_wanted_if_one_of_its_uses_is_possible_there) {
    const CK_SESSION_HANDLE session = open_as_writer();
    EXPECT_EQ(generate_ec(session, ec_public(), private_in(id_9c).flag(CKA_SIGN).flag(CKA_DERIVE)),
              CKR_OK);
    EXPECT_EQ(
        generate_rsa(session, rsa_public(), private_in(id_9d).flag(CKA_SIGN).flag(CKA_DECRYPT)),
        CKR_OK);
    EXPECT_EQ(attribute(session, private_key(session, id_9d), CKA_SIGN), Bytes{CK_FALSE});
    EXPECT_EQ(attribute(session, private_key(session, id_9d), CKA_DECRYPT), Bytes{CK_TRUE});
}

TEST_F(GeneratingTest, never_overwrites) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const KeyPair first = make_key(session, id_9a);
    const Bytes before = attribute(session, first.public_key, CKA_EC_POINT);
    EXPECT_EQ(generate_ec(session, ec_public(), private_in(id_9a)), CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(private_key(session, id_9a), first.private_key);
    EXPECT_EQ(attribute(session, first.public_key, CKA_EC_POINT), before);
}

TEST_F(GeneratingTest, fills_the_card_and_then_says_so) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const Template derives = Template().flag(CKA_TOKEN).flag(CKA_DERIVE);
    for (int i = 0; i < 21; ++i) ASSERT_EQ(generate_ec(session, ec_public(), derives), CKR_OK) << i;
    EXPECT_EQ(generate_ec(session, ec_public(), derives), CKR_DEVICE_MEMORY);
}

TEST_F(GeneratingTest, makes_longer_rsa_keys_too) {
    const CK_SESSION_HANDLE session = open_as_writer();
    EXPECT_EQ(generate_rsa(session, rsa_public(3072), private_in(id_9a)), CKR_OK);
    EXPECT_EQ(attribute(session, public_key(session, id_9a), CKA_MODULUS).size(), 384u);
}

// ---- templates ----------------------------------------------------------------------------------

TEST_F(GeneratingTest, wants_all_that_a_key_needs) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const Template on_token = Template().flag(CKA_TOKEN);
    EXPECT_EQ(generate_rsa(session, on_token, private_in(id_9a)), CKR_TEMPLATE_INCOMPLETE);
    EXPECT_EQ(generate_ec(session, on_token, private_in(id_9a)), CKR_TEMPLATE_INCOMPLETE);
    KeyPair made;
    CK_MECHANISM mechanism{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
    EXPECT_EQ(p11.C_GenerateKeyPair(session, &mechanism, nullptr, 1, nullptr, 0, &made.public_key,
                                    &made.private_key),
              CKR_ARGUMENTS_BAD);
    auto publics = ec_public();
    auto list = publics.list();
    EXPECT_EQ(p11.C_GenerateKeyPair(session, &mechanism, list.data(), list.size(), nullptr, 0,
                                    &made.public_key, &made.private_key),
              CKR_TEMPLATE_INCONSISTENT);  // an object of the session
    EXPECT_EQ(p11.C_GenerateKeyPair(session, &mechanism, list.data(), list.size(), nullptr, 0,
                                    nullptr, &made.private_key),
              CKR_ARGUMENTS_BAD);
    EXPECT_EQ(p11.C_GenerateKeyPair(session, nullptr, list.data(), list.size(), nullptr, 0,
                                    &made.public_key, &made.private_key),
              CKR_ARGUMENTS_BAD);
}

struct WrongAttribute {
    CK_ATTRIBUTE_TYPE type;
    Bytes value;
    CK_RV code;
};

Bytes number_bytes(CK_ULONG value) {
    const auto* raw = reinterpret_cast<const CK_BYTE*>(&value);
    return {raw, raw + sizeof(value)};
}

TEST_F(GeneratingTest, refuses_wrong_attributes_of_the_private_key) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const std::vector<WrongAttribute> wrong = {
        {CKA_TOKEN, {CK_FALSE}, CKR_TEMPLATE_INCONSISTENT},
        {CKA_TOKEN, {CK_TRUE, 0}, CKR_ATTRIBUTE_VALUE_INVALID},
        {CKA_TOKEN, {7}, CKR_ATTRIBUTE_VALUE_INVALID},
        {CKA_CLASS, number_bytes(CKO_PUBLIC_KEY), CKR_TEMPLATE_INCONSISTENT},
        {CKA_CLASS, {1}, CKR_ATTRIBUTE_VALUE_INVALID},
        {CKA_KEY_TYPE, number_bytes(CKK_EC), CKR_TEMPLATE_INCONSISTENT},
        {CKA_SENSITIVE, {CK_FALSE}, CKR_TEMPLATE_INCONSISTENT},
        {CKA_EXTRACTABLE, {CK_TRUE}, CKR_TEMPLATE_INCONSISTENT},
        {CKA_MODIFIABLE, {CK_TRUE}, CKR_TEMPLATE_INCONSISTENT},
        {CKA_UNWRAP, {CK_TRUE}, CKR_TEMPLATE_INCONSISTENT},
        {CKA_ALLOWED_MECHANISMS, number_bytes(CKM_RSA_PKCS), CKR_TEMPLATE_INCONSISTENT},
        {CKA_START_DATE, bytes("20260101"), CKR_TEMPLATE_INCONSISTENT},
        {CKA_ID, {99}, CKR_ATTRIBUTE_VALUE_INVALID},
        {CKA_ID, {1, 1}, CKR_ATTRIBUTE_VALUE_INVALID},
        {CKA_LOCAL, {CK_TRUE}, CKR_ATTRIBUTE_READ_ONLY},
        {CKA_MODULUS, Bytes(256, 1), CKR_ATTRIBUTE_READ_ONLY},
        {CKA_PRIME_1, {1}, CKR_ATTRIBUTE_READ_ONLY},
        {CKA_CERTIFICATE_TYPE, number_bytes(CKC_X_509), CKR_ATTRIBUTE_TYPE_INVALID},
        {0x80001234, {1}, CKR_ATTRIBUTE_TYPE_INVALID},
    };
    for (const WrongAttribute& each : wrong) {
        EXPECT_EQ(generate_rsa(session, rsa_public(), private_in(id_9a).set(each.type, each.value)),
                  each.code)
            << std::hex << each.type;
    }
    EXPECT_TRUE(find(session).empty());
}

TEST_F(GeneratingTest, refuses_wrong_attributes_of_the_public_key) {
    const CK_SESSION_HANDLE session = open_as_writer();
    const std::vector<WrongAttribute> wrong = {
        {CKA_TOKEN, {CK_FALSE}, CKR_TEMPLATE_INCONSISTENT},
        {CKA_PRIVATE, {CK_TRUE}, CKR_TEMPLATE_INCONSISTENT},
        {CKA_WRAP, {CK_TRUE}, CKR_TEMPLATE_INCONSISTENT},
        {CKA_MODULUS_BITS, number_bytes(1024), CKR_ATTRIBUTE_VALUE_INVALID},
        {CKA_MODULUS_BITS, number_bytes(2049), CKR_ATTRIBUTE_VALUE_INVALID},
        {CKA_MODULUS_BITS, {8}, CKR_ATTRIBUTE_VALUE_INVALID},
        {CKA_PUBLIC_EXPONENT, {3}, CKR_ATTRIBUTE_VALUE_INVALID},
        {CKA_EC_PARAMS, p256_parameters, CKR_ATTRIBUTE_TYPE_INVALID},
        {CKA_MODULUS, Bytes(256, 1), CKR_ATTRIBUTE_READ_ONLY},
        {CKA_KEY_TYPE, number_bytes(CKK_EC), CKR_TEMPLATE_INCONSISTENT},
    };
    for (const WrongAttribute& each : wrong) {
        EXPECT_EQ(generate_rsa(session, rsa_public().set(each.type, each.value), private_in(id_9a)),
                  each.code)
            << std::hex << each.type;
    }
    const Bytes secp521r1 = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};
    EXPECT_EQ(generate_ec(session, ec_public(secp521r1), private_in(id_9a)),
              CKR_CURVE_NOT_SUPPORTED);
    EXPECT_EQ(generate_ec(session, ec_public({1, 2, 3}), private_in(id_9a)),
              CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_TRUE(find(session).empty());
}

TEST_F(GeneratingTest, takes_what_is_said_twice_only_if_it_is_the_same) {
    const CK_SESSION_HANDLE session = open_as_writer();
    EXPECT_EQ(generate_ec(session, ec_public(), private_in(id_9a).again(CKA_ID, {id_9c})),
              CKR_TEMPLATE_INCONSISTENT);
    EXPECT_EQ(generate_ec(session, ec_public(), private_in(id_9a).again(CKA_ID, {id_9a})), CKR_OK);
}

/// What is usual, and is not kept or said by the card in any case.
TEST_F(GeneratingTest, takes_the_usual_attributes) {
    const CK_SESSION_HANDLE session = open_as_writer();
    EXPECT_EQ(generate_rsa(session,
                           rsa_public()
                               .number(CKA_CLASS, CKO_PUBLIC_KEY)
                               .number(CKA_KEY_TYPE, CKK_RSA)
                               .flag(CKA_VERIFY)
                               .flag(CKA_ENCRYPT)
                               .flag(CKA_WRAP, false)
                               .set(CKA_LABEL, bytes("mine"))
                               .set(CKA_PUBLIC_EXPONENT, {0, 1, 0, 1}),
                           private_in(id_9a)
                               .number(CKA_CLASS, CKO_PRIVATE_KEY)
                               .number(CKA_KEY_TYPE, CKK_RSA)
                               .flag(CKA_PRIVATE)
                               .flag(CKA_SENSITIVE)
                               .flag(CKA_EXTRACTABLE, false)
                               .flag(CKA_SIGN)
                               .flag(CKA_DECRYPT)
                               .flag(CKA_UNWRAP, false)
                               .set(CKA_LABEL, bytes("mine"))
                               .set(CKA_SUBJECT, {})),
              CKR_OK);
}

// ---- mechanisms ---------------------------------------------------------------------------------

TEST_F(GeneratingTest, refuses_what_makes_no_key_pair) {
    const CK_SESSION_HANDLE session = open_as_writer();
    KeyPair made;
    EXPECT_EQ(generate(session, CKM_RSA_PKCS, rsa_public(), private_in(id_9a), made),
              CKR_MECHANISM_INVALID);
    EXPECT_EQ(generate(session, CKM_AES_CBC, rsa_public(), private_in(id_9a), made),
              CKR_MECHANISM_INVALID);
    CK_BYTE parameter = 1;
    CK_MECHANISM mechanism{CKM_EC_KEY_PAIR_GEN, &parameter, 1};
    EXPECT_EQ(p11.C_GenerateKeyPair(session, &mechanism, nullptr, 0, nullptr, 0, &made.public_key,
                                    &made.private_key),
              CKR_MECHANISM_PARAM_INVALID);
    // And the other way round.
    const KeyPair key = make_key(session, id_9a);
    EXPECT_EQ(sign_init(session, CKM_EC_KEY_PAIR_GEN, key.private_key), CKR_MECHANISM_INVALID);
}

TEST_F(GeneratingTest, tells_the_mechanisms) {
    CK_MECHANISM_INFO info{};
    ASSERT_EQ(p11.C_GetMechanismInfo(slot(), CKM_RSA_PKCS_KEY_PAIR_GEN, &info), CKR_OK);
    EXPECT_EQ(info.flags, CKF_HW | CKF_GENERATE_KEY_PAIR);
    EXPECT_EQ(info.ulMinKeySize, 2048u);
    EXPECT_EQ(info.ulMaxKeySize, 4096u);
    ASSERT_EQ(p11.C_GetMechanismInfo(slot(), CKM_EC_KEY_PAIR_GEN, &info), CKR_OK);
    EXPECT_NE(info.flags & CKF_GENERATE_KEY_PAIR, 0u);
    EXPECT_EQ(info.ulMinKeySize, 256u);
    EXPECT_EQ(info.ulMaxKeySize, 384u);
    std::vector<CK_MECHANISM_TYPE> types(100);
    CK_ULONG count = types.size();
    ASSERT_EQ(p11.C_GetMechanismList(slot(), types.data(), &count), CKR_OK);
    types.resize(count);
    for (const CK_MECHANISM_TYPE type : {CKM_RSA_PKCS_KEY_PAIR_GEN, CKM_EC_KEY_PAIR_GEN})
        EXPECT_NE(std::find(types.begin(), types.end(), type), types.end());
}

// ---- who may ------------------------------------------------------------------------------------

TEST_F(GeneratingTest, wants_a_session_that_writes_and_a_login) {
    const CK_SESSION_HANDLE reader = open();
    const CK_SESSION_HANDLE writer = open_for_writing();
    EXPECT_EQ(generate_ec(writer, ec_public(), private_in(id_9a)), CKR_USER_NOT_LOGGED_IN);
    EXPECT_EQ(generate_ec(reader, ec_public(), private_in(id_9a)), CKR_SESSION_READ_ONLY);
    EXPECT_EQ(log_in(reader), CKR_OK);
    EXPECT_EQ(generate_ec(reader, ec_public(), private_in(id_9a)), CKR_SESSION_READ_ONLY);
    EXPECT_EQ(generate_ec(writer, ec_public(), private_in(id_9a)), CKR_OK);
    EXPECT_EQ(p11.C_Logout(reader), CKR_OK);
    EXPECT_EQ(generate_ec(writer, ec_public(), private_in(id_9c)), CKR_USER_NOT_LOGGED_IN);
}

/// A plain card does not say that it still has the factory's.
TEST_F(GeneratingTest, looks_for_a_free_place_before_it_asks_for_the_management_key) {
    use("instant,cards=1,plain");
    const CK_SESSION_HANDLE session = open_as_writer();
    EXPECT_EQ(generate_ec(session, ec_public(), private_in(id_9a)), CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(generate_ec(session, ec_public(), private_in(5)), CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(generate_ec(session, ec_public(), Template().flag(CKA_TOKEN)), CKR_DEVICE_MEMORY);
}

}  // namespace
}  // namespace conformance

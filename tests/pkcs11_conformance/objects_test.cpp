// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Finding objects and reading their attributes.
#include <cstring>

#include "libcrypto_judge.h"
#include "module_under_test.h"

namespace conformance {
namespace {

class ObjectTest : public ModuleTest {
  protected:
    CK_ULONG number(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
        const Bytes value = attribute(session, object, type);
        CK_ULONG result = 0;
        EXPECT_EQ(value.size(), sizeof(result));
        if (value.size() == sizeof(result)) std::memcpy(&result, value.data(), sizeof(result));
        return result;
    }
    std::vector<CK_OBJECT_HANDLE> find_class(CK_SESSION_HANDLE session, CK_OBJECT_CLASS wanted) {
        return find(session, {{CKA_CLASS, &wanted, sizeof(wanted)}});
    }
};

TEST_F(ObjectTest, private_keys_are_seen_after_login_only) {
    const CK_SESSION_HANDLE session = open();
    EXPECT_EQ(find_class(session, CKO_CERTIFICATE).size(), 4u);
    EXPECT_EQ(find_class(session, CKO_PUBLIC_KEY).size(), 4u);
    // 9E works without PIN: its key is not private in the standard's sense.
    EXPECT_EQ(find_class(session, CKO_PRIVATE_KEY),
              std::vector<CK_OBJECT_HANDLE>{private_key(session, id_9e)});
    EXPECT_EQ(log_in(session), CKR_OK);
    EXPECT_EQ(find_class(session, CKO_PRIVATE_KEY).size(), 4u);
    EXPECT_EQ(find(session).size(), 12u);
}

TEST_F(ObjectTest, certificate_and_keys_are_linked_by_id) {
    const CK_SESSION_HANDLE session = open_logged_in();
    for (CK_BYTE id = id_9a; id <= id_9e; ++id) {
        const auto certificate = find_one(session, CKO_CERTIFICATE, id);
        ASSERT_NE(certificate, CK_INVALID_HANDLE);
        EXPECT_EQ(attribute(session, certificate, CKA_PUBLIC_KEY_INFO),
                  attribute(session, public_key(session, id), CKA_PUBLIC_KEY_INFO));
        EXPECT_EQ(attribute(session, certificate, CKA_SUBJECT),
                  attribute(session, private_key(session, id), CKA_SUBJECT));
    }
}

TEST_F(ObjectTest, handles_stay_until_logout) {
    const CK_SESSION_HANDLE session = open_logged_in();
    const auto before = find(session);
    EXPECT_EQ(find(open()), before);
    const CK_OBJECT_HANDLE key = private_key(session, id_9a);
    const CK_OBJECT_HANDLE public_one = public_key(session, id_9a);
    EXPECT_EQ(p11.C_Logout(session), CKR_OK);
    EXPECT_EQ(public_key(session, id_9a), public_one);
    EXPECT_EQ(sign_init(session, CKM_RSA_PKCS, key), CKR_KEY_HANDLE_INVALID);
    EXPECT_EQ(log_in(session), CKR_OK);
    EXPECT_NE(private_key(session, id_9a), key);
}

TEST_F(ObjectTest, find_tells_its_results_in_parts) {
    const CK_SESSION_HANDLE session = open_logged_in();
    EXPECT_EQ(p11.C_FindObjectsInit(session, nullptr, 0), CKR_OK);
    EXPECT_EQ(p11.C_FindObjectsInit(session, nullptr, 0), CKR_OPERATION_ACTIVE);
    std::vector<CK_OBJECT_HANDLE> some(5);
    std::vector<CK_ULONG> counts;
    CK_ULONG count = 0;
    do {
        EXPECT_EQ(p11.C_FindObjects(session, some.data(), some.size(), &count), CKR_OK);
        counts.push_back(count);
    } while (count > 0);
    EXPECT_EQ(counts, (std::vector<CK_ULONG>{5, 5, 2, 0}));
    EXPECT_EQ(p11.C_FindObjects(session, nullptr, 1, &count), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(p11.C_FindObjects(session, some.data(), 1, nullptr), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(p11.C_FindObjectsFinal(session), CKR_OK);
    EXPECT_EQ(p11.C_FindObjectsFinal(session), CKR_OPERATION_NOT_INITIALIZED);
    EXPECT_EQ(p11.C_FindObjects(session, some.data(), 1, &count), CKR_OPERATION_NOT_INITIALIZED);
    EXPECT_EQ(p11.C_FindObjectsInit(session, nullptr, 1), CKR_ARGUMENTS_BAD);
}

TEST_F(ObjectTest, a_template_without_match_finds_nothing) {
    const CK_SESSION_HANDLE session = open();
    CK_BYTE id[] = {9, 9};
    EXPECT_TRUE(find(session, {{CKA_ID, id, sizeof(id)}}).empty());
    CK_ULONG profile = CKO_PROFILE;
    EXPECT_TRUE(find(session, {{CKA_CLASS, &profile, sizeof(profile)}}).empty());
}

TEST_F(ObjectTest, rsa_private_key_has_the_attributes_programs_ask_for) {
    const CK_SESSION_HANDLE session = open_logged_in();
    const CK_OBJECT_HANDLE key = private_key(session, id_9a);
    EXPECT_EQ(number(session, key, CKA_KEY_TYPE), CKK_RSA);
    EXPECT_EQ(attribute(session, key, CKA_MODULUS).size(), 256u);
    EXPECT_EQ(number(session, key, CKA_MODULUS_BITS), 2048u);
    EXPECT_EQ(attribute(session, key, CKA_PUBLIC_EXPONENT), (Bytes{1, 0, 1}));
    EXPECT_EQ(attribute(session, key, CKA_SIGN), Bytes{CK_TRUE});
    EXPECT_EQ(attribute(session, key, CKA_PRIVATE), Bytes{CK_TRUE});
    EXPECT_EQ(attribute(session, key, CKA_TOKEN), Bytes{CK_TRUE});
    EXPECT_EQ(attribute(session, key, CKA_SENSITIVE), Bytes{CK_TRUE});
    EXPECT_EQ(attribute(session, key, CKA_EXTRACTABLE), Bytes{CK_FALSE});
    EXPECT_EQ(attribute(session, key, CKA_ALWAYS_AUTHENTICATE), Bytes{CK_FALSE});
    EXPECT_EQ(attribute(session, key, CKA_ALLOWED_MECHANISMS).size() % sizeof(CK_ULONG), 0u);
    EXPECT_FALSE(attribute(session, key, CKA_UNIQUE_ID).empty());
    EXPECT_FALSE(attribute(session, key, CKA_LABEL).empty());
}

TEST_F(ObjectTest, ec_key_has_curve_and_point) {
    const CK_SESSION_HANDLE session = open_logged_in();
    const CK_OBJECT_HANDLE key = public_key(session, id_9c);
    EXPECT_EQ(number(session, key, CKA_KEY_TYPE), CKK_EC);
    EXPECT_EQ(attribute(session, key, CKA_EC_PARAMS),
              (Bytes{0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}));
    const Bytes point = attribute(session, key, CKA_EC_POINT);
    ASSERT_EQ(point.size(), 67u);
    EXPECT_EQ(Bytes(point.begin(), point.begin() + 3), (Bytes{0x04, 0x41, 0x04}));
    EXPECT_EQ(attribute(session, private_key(session, id_9c), CKA_ALWAYS_AUTHENTICATE),
              Bytes{CK_TRUE});
}

TEST_F(ObjectTest, certificate_has_its_parts) {
    const CK_SESSION_HANDLE session = open();
    const CK_OBJECT_HANDLE object = find_one(session, CKO_CERTIFICATE, id_9a);
    const Bytes value = attribute(session, object, CKA_VALUE);
    EXPECT_EQ(value.at(0), 0x30);
    EXPECT_EQ(attribute(session, object, CKA_ISSUER).at(0), 0x30);
    EXPECT_EQ(attribute(session, object, CKA_SERIAL_NUMBER).at(0), 0x02);
    EXPECT_EQ(attribute(session, object, CKA_START_DATE).size(), sizeof(CK_DATE));
    EXPECT_EQ(number(session, object, CKA_CERTIFICATE_TYPE), CKC_X_509);
    Bytes check = hash_of("SHA1", value);
    check.resize(3);
    EXPECT_EQ(attribute(session, object, CKA_CHECK_VALUE), check);
}

/// Each attribute is answered for itself; the others are still filled.
TEST_F(ObjectTest, one_bad_attribute_spoils_no_other) {
    const CK_SESSION_HANDLE session = open_logged_in();
    const CK_OBJECT_HANDLE key = private_key(session, id_9a);
    CK_BYTE id = 0;
    CK_BYTE small[4] = {};
    std::vector<CK_ATTRIBUTE> requests = {{CKA_PRIVATE_EXPONENT, nullptr, 0},
                                          {CKA_PROFILE_ID, nullptr, 0},
                                          {CKA_MODULUS, small, sizeof(small)},
                                          {CKA_ID, &id, sizeof(id)}};
    EXPECT_EQ(p11.C_GetAttributeValue(session, key, requests.data(), requests.size()),
              CKR_ATTRIBUTE_SENSITIVE);
    EXPECT_EQ(requests[0].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    EXPECT_EQ(requests[1].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    EXPECT_EQ(requests[2].ulValueLen, CK_UNAVAILABLE_INFORMATION);
    EXPECT_EQ(requests[3].ulValueLen, 1u);
    EXPECT_EQ(id, id_9a);
    EXPECT_EQ(p11.C_GetAttributeValue(session, key, &requests[1], 1), CKR_ATTRIBUTE_TYPE_INVALID);
    requests[2].ulValueLen = sizeof(small);
    EXPECT_EQ(p11.C_GetAttributeValue(session, key, &requests[2], 1), CKR_BUFFER_TOO_SMALL);
    EXPECT_EQ(p11.C_GetAttributeValue(session, key, nullptr, 1), CKR_ARGUMENTS_BAD);
}

TEST_F(ObjectTest, wrong_handles_are_refused) {
    const CK_SESSION_HANDLE session = open_logged_in();
    CK_ATTRIBUTE request{CKA_LABEL, nullptr, 0};
    CK_ULONG size = 0;
    EXPECT_EQ(p11.C_GetAttributeValue(session, session, &request, 1), CKR_OBJECT_HANDLE_INVALID);
    EXPECT_EQ(p11.C_GetAttributeValue(session, 0, &request, 1), CKR_OBJECT_HANDLE_INVALID);
    EXPECT_EQ(p11.C_GetObjectSize(session, 0, &size), CKR_OBJECT_HANDLE_INVALID);
    const CK_OBJECT_HANDLE key = private_key(session, id_9a);
    EXPECT_EQ(p11.C_GetAttributeValue(key, key, &request, 1), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(p11.C_GetObjectSize(session, key, &size), CKR_OK);
    EXPECT_GT(size, 256u);
}

}  // namespace
}  // namespace conformance

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Sessions and login.
#include <functional>
#include <set>

#include "module_under_test.h"

namespace conformance {
namespace {

constexpr CK_SESSION_HANDLE no_session = 3;
constexpr int many = 10000;

class SessionTest : public ModuleTest {
  protected:
    CK_STATE state(CK_SESSION_HANDLE session) {
        CK_SESSION_INFO info{};
        EXPECT_EQ(p11.C_GetSessionInfo(session, &info), CKR_OK);
        return info.state;
    }
};

TEST_F(SessionTest, opens_only_with_right_arguments) {
    CK_SESSION_HANDLE session = 0;
    EXPECT_EQ(p11.C_OpenSession(slot(), 0, nullptr, nullptr, &session),
              CKR_SESSION_PARALLEL_NOT_SUPPORTED);
    EXPECT_EQ(p11.C_OpenSession(slot(), CKF_SERIAL_SESSION, nullptr, nullptr, nullptr),
              CKR_ARGUMENTS_BAD);
    EXPECT_EQ(p11.C_OpenSession(4711, CKF_SERIAL_SESSION, nullptr, nullptr, &session),
              CKR_SLOT_ID_INVALID);
}

TEST_F(SessionTest, tells_its_slot_flags_and_state) {
    const CK_SESSION_HANDLE session = open(CKF_SERIAL_SESSION | CKF_RW_SESSION);
    CK_SESSION_INFO info{};
    ASSERT_EQ(p11.C_GetSessionInfo(session, &info), CKR_OK);
    EXPECT_EQ(info.slotID, slot());
    EXPECT_EQ(info.flags, CKF_SERIAL_SESSION | CKF_RW_SESSION);
    EXPECT_EQ(info.state, CKS_RW_PUBLIC_SESSION);
    EXPECT_EQ(p11.C_GetSessionInfo(session, nullptr), CKR_ARGUMENTS_BAD);
}

TEST_F(SessionTest, is_over_once_closed) {
    const CK_SESSION_HANDLE session = open();
    EXPECT_EQ(p11.C_CloseSession(session), CKR_OK);
    EXPECT_EQ(p11.C_CloseSession(session), CKR_SESSION_HANDLE_INVALID);
    CK_SESSION_INFO info{};
    EXPECT_EQ(p11.C_GetSessionInfo(session, &info), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(p11.C_CloseSession(no_session), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(p11.C_CloseSession(CK_INVALID_HANDLE), CKR_SESSION_HANDLE_INVALID);
}

TEST_F(SessionTest, exists_ten_thousand_times_at_once) {
    const CK_SLOT_ID id = slot();
    std::set<CK_SESSION_HANDLE> sessions;
    for (int i = 0; i < many; ++i) {
        CK_SESSION_HANDLE session = 0;
        ASSERT_EQ(p11.C_OpenSession(id, CKF_SERIAL_SESSION, nullptr, nullptr, &session), CKR_OK);
        ASSERT_TRUE(sessions.insert(session).second);
    }
    CK_TOKEN_INFO info{};
    ASSERT_EQ(p11.C_GetTokenInfo(id, &info), CKR_OK);
    EXPECT_EQ(info.ulSessionCount, static_cast<CK_ULONG>(many));
    EXPECT_EQ(log_in(*sessions.begin()), CKR_OK);
    EXPECT_EQ(state(*sessions.rbegin()), CKS_RO_USER_FUNCTIONS);
    EXPECT_EQ(p11.C_CloseAllSessions(id), CKR_OK);
    EXPECT_EQ(p11.C_CloseSession(*sessions.begin()), CKR_SESSION_HANDLE_INVALID);
}

TEST_F(SessionTest, handle_is_never_used_twice) {
    std::set<CK_SESSION_HANDLE> seen;
    for (int i = 0; i < 1000; ++i) {
        const CK_SESSION_HANDLE session = open();
        EXPECT_TRUE(seen.insert(session).second);
        EXPECT_EQ(p11.C_CloseSession(session), CKR_OK);
    }
}

TEST_F(SessionTest, login_holds_for_all_sessions) {
    const CK_SESSION_HANDLE one = open();
    const CK_SESSION_HANDLE two = open(CKF_SERIAL_SESSION | CKF_RW_SESSION);
    EXPECT_EQ(log_in(one), CKR_OK);
    EXPECT_EQ(state(one), CKS_RO_USER_FUNCTIONS);
    EXPECT_EQ(state(two), CKS_RW_USER_FUNCTIONS);
    EXPECT_EQ(state(open()), CKS_RO_USER_FUNCTIONS);
    EXPECT_EQ(log_in(two), CKR_USER_ALREADY_LOGGED_IN);
    EXPECT_EQ(p11.C_Logout(two), CKR_OK);
    EXPECT_EQ(state(one), CKS_RO_PUBLIC_SESSION);
    EXPECT_EQ(p11.C_Logout(two), CKR_USER_NOT_LOGGED_IN);
    EXPECT_EQ(log_in(one), CKR_OK);
}

TEST_F(SessionTest, login_ends_with_the_last_session) {
    const CK_SESSION_HANDLE one = open();
    const CK_SESSION_HANDLE two = open();
    EXPECT_EQ(log_in(one), CKR_OK);
    EXPECT_EQ(p11.C_CloseSession(one), CKR_OK);
    EXPECT_EQ(state(two), CKS_RO_USER_FUNCTIONS);
    EXPECT_EQ(p11.C_CloseSession(two), CKR_OK);
    EXPECT_EQ(state(open()), CKS_RO_PUBLIC_SESSION);
}

TEST_F(SessionTest, login_ends_when_all_sessions_are_closed) {
    EXPECT_EQ(log_in(open()), CKR_OK);
    EXPECT_EQ(p11.C_CloseAllSessions(slot()), CKR_OK);
    EXPECT_EQ(state(open()), CKS_RO_PUBLIC_SESSION);
    EXPECT_EQ(p11.C_CloseAllSessions(4711), CKR_SLOT_ID_INVALID);
}

TEST_F(SessionTest, login_refuses_what_cannot_be_right) {
    const CK_SESSION_HANDLE session = open();
    EXPECT_EQ(p11.C_Login(session, CKU_USER, nullptr, 0), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(log_in(session, CKU_SO), CKR_USER_TYPE_INVALID);
    EXPECT_EQ(log_in(session, 99), CKR_USER_TYPE_INVALID);
    EXPECT_EQ(log_in(session, CKU_CONTEXT_SPECIFIC), CKR_OPERATION_NOT_INITIALIZED);
    EXPECT_EQ(log_in_with(session, CKU_USER, "123"), CKR_PIN_INCORRECT);
    EXPECT_EQ(log_in_with(session, CKU_USER, "123457"), CKR_PIN_INCORRECT);
    CK_UTF8CHAR text[] = "123456";
    for (const CK_ULONG absurd : {CK_ULONG{256}, ~CK_ULONG{0} / 2, ~CK_ULONG{0}}) {
        EXPECT_EQ(p11.C_Login(session, CKU_USER, text, absurd), CKR_PIN_INCORRECT);
        EXPECT_EQ(p11.C_Login(session, CKU_CONTEXT_SPECIFIC, text, absurd), CKR_PIN_INCORRECT);
    }
    EXPECT_EQ(state(session), CKS_RO_PUBLIC_SESSION);
    EXPECT_EQ(log_in(no_session), CKR_SESSION_HANDLE_INVALID);
    EXPECT_EQ(log_in(session), CKR_OK);
}

TEST_F(SessionTest, login_of_3_0_takes_no_name) {
    const CK_SESSION_HANDLE session = open();
    CK_UTF8CHAR name[] = "Ada";
    CK_UTF8CHAR text[] = "123456";
    auto& list = module_list_3_0();
    EXPECT_EQ(list.C_LoginUser(session, CKU_USER, text, 6, name, 3), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(list.C_LoginUser(session, CKU_USER, text, 6, nullptr, 0), CKR_OK);
    EXPECT_EQ(state(session), CKS_RO_USER_FUNCTIONS);
}

TEST_F(SessionTest, cancel_ends_what_its_flags_name) {
    const CK_SESSION_HANDLE session = open_logged_in();
    ASSERT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, private_key(session, id_9a)), CKR_OK);
    auto& list = module_list_3_0();
    EXPECT_EQ(list.C_SessionCancel(session, CKF_DIGEST), CKR_OK);
    EXPECT_EQ(sign_init(session, CKM_SHA256_RSA_PKCS, private_key(session, id_9a)),
              CKR_OPERATION_ACTIVE);
    EXPECT_EQ(list.C_SessionCancel(session, CKF_SIGN), CKR_OK);
    Bytes signature;
    EXPECT_EQ(sign(session, bytes("x"), signature), CKR_OPERATION_NOT_INITIALIZED);
    EXPECT_EQ(list.C_SessionCancel(no_session, CKF_SIGN), CKR_SESSION_HANDLE_INVALID);
}

TEST_F(SessionTest, cancel_ends_each_kind_of_operation_and_no_other) {
    const CK_SESSION_HANDLE session = open_logged_in();
    const CK_OBJECT_HANDLE signer = private_key(session, id_9a);
    const CK_OBJECT_HANDLE verifier = public_key(session, id_9a);
    const CK_OBJECT_HANDLE decrypter = private_key(session, id_9d);
    CK_MECHANISM rsa{CKM_RSA_PKCS, nullptr, 0};
    CK_MECHANISM sha{CKM_SHA256, nullptr, 0};
    const std::vector<std::pair<CK_FLAGS, std::function<CK_RV()>>> kinds = {
        {CKF_SIGN, [&] { return p11.C_SignInit(session, &rsa, signer); }},
        {CKF_VERIFY, [&] { return p11.C_VerifyInit(session, &rsa, verifier); }},
        {CKF_DECRYPT, [&] { return p11.C_DecryptInit(session, &rsa, decrypter); }},
        {CKF_DIGEST, [&] { return p11.C_DigestInit(session, &sha); }},
        {CKF_FIND_OBJECTS, [&] { return p11.C_FindObjectsInit(session, nullptr, 0); }},
    };
    auto& list = module_list_3_0();
    for (const auto& [flag, init] : kinds) EXPECT_EQ(init(), CKR_OK);
    for (const auto& [flag, init] : kinds) {
        EXPECT_EQ(list.C_SessionCancel(session, flag), CKR_OK);
        for (const auto& [other_flag, other] : kinds) {
            EXPECT_EQ(other(), other_flag == flag ? CKR_OK : CKR_OPERATION_ACTIVE);
        }
    }
    CK_FLAGS all = 0;
    for (const auto& [flag, init] : kinds) all |= flag;
    EXPECT_EQ(list.C_SessionCancel(session, all), CKR_OK);
    for (const auto& [flag, init] : kinds) EXPECT_EQ(init(), CKR_OK);
    EXPECT_EQ(list.C_SessionCancel(session, CKF_ENCRYPT), CKR_OK);  // nothing has begun
}

TEST_F(SessionTest, random_numbers_differ_and_take_no_seed) {
    const CK_SESSION_HANDLE session = open();
    Bytes one(32);
    Bytes two(32);
    EXPECT_EQ(p11.C_GenerateRandom(session, one.data(), one.size()), CKR_OK);
    EXPECT_EQ(p11.C_GenerateRandom(session, two.data(), two.size()), CKR_OK);
    EXPECT_NE(one, two);
    EXPECT_EQ(p11.C_GenerateRandom(session, nullptr, 5), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(p11.C_SeedRandom(session, one.data(), one.size()), CKR_RANDOM_SEED_NOT_SUPPORTED);
}

}  // namespace
}  // namespace conformance

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Slots, tokens and mechanisms.
#include "module_under_test.h"

namespace conformance {
namespace {

constexpr CK_SLOT_ID no_slot = 4711;
constexpr CK_SLOT_ID beyond_32_bits = static_cast<CK_SLOT_ID>(1) << (sizeof(CK_SLOT_ID) * 8 - 1);

TEST_F(ModuleTest, lists_slots_by_size_first) {
    CK_ULONG count = 99;
    EXPECT_EQ(p11.C_GetSlotList(CK_FALSE, nullptr, &count), CKR_OK);
    ASSERT_EQ(count, 1u);
    CK_SLOT_ID id = 0;
    count = 0;
    EXPECT_EQ(p11.C_GetSlotList(CK_FALSE, &id, &count), CKR_BUFFER_TOO_SMALL);
    EXPECT_EQ(count, 1u);
    EXPECT_EQ(p11.C_GetSlotList(CK_FALSE, nullptr, nullptr), CKR_ARGUMENTS_BAD);
}

TEST_F(ModuleTest, describes_a_slot) {
    CK_SLOT_INFO info{};
    ASSERT_EQ(p11.C_GetSlotInfo(slot(), &info), CKR_OK);
    EXPECT_EQ(info.flags, CKF_TOKEN_PRESENT | CKF_HW_SLOT | CKF_REMOVABLE_DEVICE);
    EXPECT_NE(info.slotDescription[0], ' ');
    EXPECT_EQ(p11.C_GetSlotInfo(slot(), nullptr), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(p11.C_GetSlotInfo(no_slot, &info), CKR_SLOT_ID_INVALID);
    EXPECT_EQ(p11.C_GetSlotInfo(beyond_32_bits, &info), CKR_SLOT_ID_INVALID);
}

TEST_F(ModuleTest, describes_a_token) {
    CK_TOKEN_INFO info{};
    ASSERT_EQ(p11.C_GetTokenInfo(slot(), &info), CKR_OK);
    EXPECT_EQ(info.flags & (CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED | CKF_TOKEN_INITIALIZED),
              CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED | CKF_TOKEN_INITIALIZED);
    EXPECT_EQ(info.ulMinPinLen, 6u);
    EXPECT_EQ(info.ulMaxPinLen, 8u);
    EXPECT_NE(info.serialNumber[0], ' ');
    EXPECT_EQ(info.ulSessionCount, 0u);
    open();
    open(CKF_SERIAL_SESSION | CKF_RW_SESSION);
    ASSERT_EQ(p11.C_GetTokenInfo(slot(), &info), CKR_OK);
    EXPECT_EQ(info.ulSessionCount, 2u);
    EXPECT_EQ(info.ulRwSessionCount, 1u);
    EXPECT_EQ(p11.C_GetTokenInfo(slot(), nullptr), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(p11.C_GetTokenInfo(no_slot, &info), CKR_SLOT_ID_INVALID);
}

TEST_F(ModuleTest, says_when_few_tries_are_left) {
    const CK_SESSION_HANDLE session = open();
    CK_TOKEN_INFO info{};
    EXPECT_EQ(log_in_with(session, CKU_USER, "999999"), CKR_PIN_INCORRECT);
    ASSERT_EQ(p11.C_GetTokenInfo(slot(), &info), CKR_OK);
    EXPECT_NE(info.flags & CKF_USER_PIN_COUNT_LOW, 0u);
    EXPECT_EQ(info.flags & CKF_USER_PIN_FINAL_TRY, 0u);
    EXPECT_EQ(log_in_with(session, CKU_USER, "999998"), CKR_PIN_INCORRECT);
    ASSERT_EQ(p11.C_GetTokenInfo(slot(), &info), CKR_OK);
    EXPECT_NE(info.flags & CKF_USER_PIN_FINAL_TRY, 0u);
    EXPECT_EQ(log_in_with(session, CKU_USER, "999997"), CKR_PIN_LOCKED);
    ASSERT_EQ(p11.C_GetTokenInfo(slot(), &info), CKR_OK);
    EXPECT_NE(info.flags & CKF_USER_PIN_LOCKED, 0u);
    EXPECT_EQ(log_in(session), CKR_PIN_LOCKED);
}

TEST_F(ModuleTest, describes_every_mechanism_that_it_lists) {
    CK_ULONG count = 0;
    ASSERT_EQ(p11.C_GetMechanismList(slot(), nullptr, &count), CKR_OK);
    ASSERT_GT(count, 15u);
    std::vector<CK_MECHANISM_TYPE> types(count);
    count = 1;
    EXPECT_EQ(p11.C_GetMechanismList(slot(), types.data(), &count), CKR_BUFFER_TOO_SMALL);
    EXPECT_EQ(count, types.size());
    ASSERT_EQ(p11.C_GetMechanismList(slot(), types.data(), &count), CKR_OK);
    CK_MECHANISM_INFO info{};
    for (const CK_MECHANISM_TYPE type : types) {
        EXPECT_EQ(p11.C_GetMechanismInfo(slot(), type, &info), CKR_OK) << type;
        EXPECT_NE(info.flags, 0u) << type;
    }
    EXPECT_EQ(p11.C_GetMechanismInfo(slot(), CKM_AES_CBC, &info), CKR_MECHANISM_INVALID);
    EXPECT_EQ(p11.C_GetMechanismInfo(slot(), CKM_ECDSA, nullptr), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(p11.C_GetMechanismInfo(no_slot, CKM_ECDSA, &info), CKR_SLOT_ID_INVALID);
    EXPECT_EQ(p11.C_GetMechanismList(slot(), nullptr, nullptr), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(p11.C_GetMechanismList(no_slot, nullptr, &count), CKR_SLOT_ID_INVALID);
}

TEST_F(ModuleTest, refuses_slot_functions_it_does_not_have) {
    CK_UTF8CHAR text[32] = {};
    EXPECT_EQ(p11.C_InitToken(slot(), text, 8, text), CKR_FUNCTION_NOT_SUPPORTED);
    EXPECT_EQ(p11.C_InitToken(no_slot, text, 8, text), CKR_SLOT_ID_INVALID);
    EXPECT_EQ(p11.C_WaitForSlotEvent(CKF_DONT_BLOCK, nullptr, nullptr), CKR_FUNCTION_NOT_SUPPORTED);
}

}  // namespace
}  // namespace conformance

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Every function of the lists, one by one: whether it is the one that its place promises, and what
// those answer that this module does not have.
#include <cstring>
#include <functional>
#include <type_traits>

#include "module_under_test.h"

namespace conformance {
namespace {

enum class Kind : unsigned char {
    Here,         ///< does something, once initialized
    AlwaysThere,  ///< before, too
    Missing,
    NotParallel,
};

struct Entry {
    const char* name;
    Kind kind;
    std::function<CK_RV(CK_ULONG first)> call;  ///< with a session or slot, and zeros
};

template <typename First, typename... Others>
Entry entry(const char* name, CK_RV (*function)(First, Others...), Kind kind = Kind::Here) {
    return {name, kind, [function](CK_ULONG first) {
                if constexpr (std::is_same_v<First, CK_ULONG>) {
                    return function(first, Others{}...);
                } else {
                    return function(First{}, Others{}...);
                }
            }};
}

// In the standard's order (PKCS #11 v3.0, section 3.6), which is the lists' layout.

std::vector<Entry> administration_and_objects(const CK_FUNCTION_LIST_3_0& list) {
    return {
        // clang-format off
        entry("C_Initialize", list.C_Initialize, Kind::AlwaysThere),
        entry("C_Finalize", list.C_Finalize),
        entry("C_GetInfo", list.C_GetInfo),
        entry("C_GetFunctionList", list.C_GetFunctionList, Kind::AlwaysThere),
        entry("C_GetSlotList", list.C_GetSlotList),
        entry("C_GetSlotInfo", list.C_GetSlotInfo),
        entry("C_GetTokenInfo", list.C_GetTokenInfo),
        entry("C_GetMechanismList", list.C_GetMechanismList),
        entry("C_GetMechanismInfo", list.C_GetMechanismInfo),
        entry("C_InitToken", list.C_InitToken, Kind::Missing),
        entry("C_InitPIN", list.C_InitPIN, Kind::Missing),
        entry("C_SetPIN", list.C_SetPIN, Kind::Missing),
        entry("C_OpenSession", list.C_OpenSession),
        entry("C_CloseSession", list.C_CloseSession),
        entry("C_CloseAllSessions", list.C_CloseAllSessions),
        entry("C_GetSessionInfo", list.C_GetSessionInfo),
        entry("C_GetOperationState", list.C_GetOperationState, Kind::Missing),
        entry("C_SetOperationState", list.C_SetOperationState, Kind::Missing),
        entry("C_Login", list.C_Login),
        entry("C_Logout", list.C_Logout),
        entry("C_CreateObject", list.C_CreateObject),
        entry("C_CopyObject", list.C_CopyObject, Kind::Missing),
        entry("C_DestroyObject", list.C_DestroyObject),
        entry("C_GetObjectSize", list.C_GetObjectSize),
        entry("C_GetAttributeValue", list.C_GetAttributeValue),
        entry("C_SetAttributeValue", list.C_SetAttributeValue, Kind::Missing),
        entry("C_FindObjectsInit", list.C_FindObjectsInit),
        entry("C_FindObjects", list.C_FindObjects),
        entry("C_FindObjectsFinal", list.C_FindObjectsFinal),
        // clang-format on
    };
}

std::vector<Entry> cryptography(const CK_FUNCTION_LIST_3_0& list) {
    return {
        // clang-format off
        entry("C_EncryptInit", list.C_EncryptInit, Kind::Missing),
        entry("C_Encrypt", list.C_Encrypt, Kind::Missing),
        entry("C_EncryptUpdate", list.C_EncryptUpdate, Kind::Missing),
        entry("C_EncryptFinal", list.C_EncryptFinal, Kind::Missing),
        entry("C_DecryptInit", list.C_DecryptInit),
        entry("C_Decrypt", list.C_Decrypt),
        entry("C_DecryptUpdate", list.C_DecryptUpdate),
        entry("C_DecryptFinal", list.C_DecryptFinal),
        entry("C_DigestInit", list.C_DigestInit),
        entry("C_Digest", list.C_Digest),
        entry("C_DigestUpdate", list.C_DigestUpdate),
        entry("C_DigestKey", list.C_DigestKey),
        entry("C_DigestFinal", list.C_DigestFinal),
        entry("C_SignInit", list.C_SignInit),
        entry("C_Sign", list.C_Sign),
        entry("C_SignUpdate", list.C_SignUpdate),
        entry("C_SignFinal", list.C_SignFinal),
        entry("C_SignRecoverInit", list.C_SignRecoverInit, Kind::Missing),
        entry("C_SignRecover", list.C_SignRecover, Kind::Missing),
        entry("C_VerifyInit", list.C_VerifyInit),
        entry("C_Verify", list.C_Verify),
        entry("C_VerifyUpdate", list.C_VerifyUpdate),
        entry("C_VerifyFinal", list.C_VerifyFinal),
        entry("C_VerifyRecoverInit", list.C_VerifyRecoverInit, Kind::Missing),
        entry("C_VerifyRecover", list.C_VerifyRecover, Kind::Missing),
        entry("C_DigestEncryptUpdate", list.C_DigestEncryptUpdate, Kind::Missing),
        entry("C_DecryptDigestUpdate", list.C_DecryptDigestUpdate, Kind::Missing),
        entry("C_SignEncryptUpdate", list.C_SignEncryptUpdate, Kind::Missing),
        entry("C_DecryptVerifyUpdate", list.C_DecryptVerifyUpdate, Kind::Missing),
        entry("C_GenerateKey", list.C_GenerateKey, Kind::Missing),
        entry("C_GenerateKeyPair", list.C_GenerateKeyPair),
        entry("C_WrapKey", list.C_WrapKey, Kind::Missing),
        entry("C_UnwrapKey", list.C_UnwrapKey, Kind::Missing),
        entry("C_DeriveKey", list.C_DeriveKey, Kind::Missing),
        entry("C_SeedRandom", list.C_SeedRandom),
        entry("C_GenerateRandom", list.C_GenerateRandom),
        entry("C_GetFunctionStatus", list.C_GetFunctionStatus, Kind::NotParallel),
        entry("C_CancelFunction", list.C_CancelFunction, Kind::NotParallel),
        entry("C_WaitForSlotEvent", list.C_WaitForSlotEvent, Kind::Missing),
        // clang-format on
    };
}

std::vector<Entry> added_by_3_0(const CK_FUNCTION_LIST_3_0& list) {
    return {
        // clang-format off
        entry("C_GetInterfaceList", list.C_GetInterfaceList, Kind::AlwaysThere),
        entry("C_GetInterface", list.C_GetInterface, Kind::AlwaysThere),
        entry("C_LoginUser", list.C_LoginUser),
        entry("C_SessionCancel", list.C_SessionCancel),
        entry("C_MessageEncryptInit", list.C_MessageEncryptInit, Kind::Missing),
        entry("C_EncryptMessage", list.C_EncryptMessage, Kind::Missing),
        entry("C_EncryptMessageBegin", list.C_EncryptMessageBegin, Kind::Missing),
        entry("C_EncryptMessageNext", list.C_EncryptMessageNext, Kind::Missing),
        entry("C_MessageEncryptFinal", list.C_MessageEncryptFinal, Kind::Missing),
        entry("C_MessageDecryptInit", list.C_MessageDecryptInit, Kind::Missing),
        entry("C_DecryptMessage", list.C_DecryptMessage, Kind::Missing),
        entry("C_DecryptMessageBegin", list.C_DecryptMessageBegin, Kind::Missing),
        entry("C_DecryptMessageNext", list.C_DecryptMessageNext, Kind::Missing),
        entry("C_MessageDecryptFinal", list.C_MessageDecryptFinal, Kind::Missing),
        entry("C_MessageSignInit", list.C_MessageSignInit, Kind::Missing),
        entry("C_SignMessage", list.C_SignMessage, Kind::Missing),
        entry("C_SignMessageBegin", list.C_SignMessageBegin, Kind::Missing),
        entry("C_SignMessageNext", list.C_SignMessageNext, Kind::Missing),
        entry("C_MessageSignFinal", list.C_MessageSignFinal, Kind::Missing),
        entry("C_MessageVerifyInit", list.C_MessageVerifyInit, Kind::Missing),
        entry("C_VerifyMessage", list.C_VerifyMessage, Kind::Missing),
        entry("C_VerifyMessageBegin", list.C_VerifyMessageBegin, Kind::Missing),
        entry("C_VerifyMessageNext", list.C_VerifyMessageNext, Kind::Missing),
        entry("C_MessageVerifyFinal", list.C_MessageVerifyFinal, Kind::Missing),
        // clang-format on
    };
}

std::vector<Entry> all_functions() {
    std::vector<Entry> all;
    for (const auto part : {administration_and_objects, cryptography, added_by_3_0}) {
        for (const Entry& each : part(module_list_3_0())) all.push_back(each);
    }
    return all;
}

/// Every pointer in the list, behind its version.
template <typename List>
std::vector<void*> pointers(const List& list) {
    constexpr std::size_t first = offsetof(List, C_Initialize);
    std::vector<void*> all((sizeof(List) - first) / sizeof(void*));
    std::memcpy(all.data(), reinterpret_cast<const char*>(&list) + first,
                all.size() * sizeof(void*));
    return all;
}

void expect_names(const std::vector<void*>& listed, std::size_t count) {
    const std::vector<Entry> functions = all_functions();
    ASSERT_EQ(listed.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
        EXPECT_NE(listed[i], nullptr) << functions[i].name;
        EXPECT_EQ(listed[i], module_symbol(functions[i].name)) << functions[i].name;
    }
}

TEST(FunctionLists, have_each_function_in_its_place) {
    expect_names(pointers(module_list()), 68);
    expect_names(pointers(module_list_3_0()), 92);
}

TEST(FunctionLists, are_those_that_the_interfaces_give) {
    auto& list = module_list_3_0();
    CK_VERSION old{2, 40};
    CK_INTERFACE* found = nullptr;
    ASSERT_EQ(list.C_GetInterface(nullptr, nullptr, &found, 0), CKR_OK);
    expect_names(pointers(*static_cast<CK_FUNCTION_LIST_3_0*>(found->pFunctionList)), 92);
    ASSERT_EQ(list.C_GetInterface(nullptr, &old, &found, 0), CKR_OK);
    expect_names(pointers(*static_cast<CK_FUNCTION_LIST*>(found->pFunctionList)), 68);
    CK_INTERFACE interfaces[2];
    CK_ULONG count = 2;
    ASSERT_EQ(list.C_GetInterfaceList(interfaces, &count), CKR_OK);
    EXPECT_EQ(interfaces[0].pFunctionList, &module_list_3_0());
    EXPECT_EQ(interfaces[1].pFunctionList, &module_list());
}

TEST(FunctionLists, say_before_initialize_that_it_is_missing) {
    for (const Entry& each : all_functions()) {
        if (each.kind == Kind::AlwaysThere) continue;
        EXPECT_EQ(each.call(0), CKR_CRYPTOKI_NOT_INITIALIZED) << each.name;
    }
}

class FunctionListTest : public ModuleTest {
  protected:
    static bool takes_slot(const Entry& each) { return std::strcmp(each.name, "C_InitToken") == 0; }
    static bool takes_session(const Entry& each) {
        return !takes_slot(each) && std::strcmp(each.name, "C_WaitForSlotEvent") != 0;
    }
};

TEST_F(FunctionListTest, functions_that_are_missing_say_so) {
    const CK_SESSION_HANDLE session = open_logged_in();
    int count = 0;
    for (const Entry& each : all_functions()) {
        if (each.kind != Kind::Missing) continue;
        EXPECT_EQ(each.call(takes_slot(each) ? slot() : session), CKR_FUNCTION_NOT_SUPPORTED)
            << each.name;
        ++count;
    }
    EXPECT_EQ(count, 44);
}

TEST_F(FunctionListTest, functions_of_parallel_days_say_so) {
    const CK_SESSION_HANDLE session = open();
    for (const Entry& each : all_functions()) {
        if (each.kind == Kind::NotParallel) {
            EXPECT_EQ(each.call(session), CKR_FUNCTION_NOT_PARALLEL);
        }
    }
}

TEST_F(FunctionListTest, functions_that_are_missing_look_at_their_handle_first) {
    constexpr CK_ULONG no_handle = 4711;
    for (const Entry& each : all_functions()) {
        if (each.kind != Kind::Missing && each.kind != Kind::NotParallel) continue;
        if (takes_session(each)) {
            EXPECT_EQ(each.call(no_handle), CKR_SESSION_HANDLE_INVALID) << each.name;
        }
        if (takes_slot(each)) {
            EXPECT_EQ(each.call(no_handle), CKR_SLOT_ID_INVALID) << each.name;
        }
    }
}

}  // namespace
}  // namespace conformance

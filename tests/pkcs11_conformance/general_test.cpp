// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Initializing, finalising, function lists and interfaces.
#include "module_under_test.h"

namespace conformance {
namespace {

/// A module that accepted these would have to use them; ours does not, and says so.
CK_RV create_mutex(void** mutex) {
    ADD_FAILURE() << "our locks are the system's";
    *mutex = nullptr;
    return CKR_OK;
}
CK_RV use_mutex(void*) {
    ADD_FAILURE() << "our locks are the system's";
    return CKR_OK;
}

class Uninitialized : public testing::Test {
  protected:
    CK_FUNCTION_LIST& p11 = module_list();
};

TEST_F(Uninitialized, lists_have_their_versions) {
    EXPECT_EQ(p11.version.major, 2);
    EXPECT_EQ(p11.version.minor, 40);
    EXPECT_EQ(module_list_3_0().version.major, 3);
    EXPECT_EQ(module_list_3_0().version.minor, 0);
}

TEST_F(Uninitialized, function_list_wants_a_place) {
    EXPECT_EQ(p11.C_GetFunctionList(nullptr), CKR_ARGUMENTS_BAD);
}

TEST_F(Uninitialized, interfaces_are_told_by_size_first) {
    CK_ULONG count = 0;
    EXPECT_EQ(module_list_3_0().C_GetInterfaceList(nullptr, &count), CKR_OK);
    ASSERT_EQ(count, 2u);
    std::vector<CK_INTERFACE> interfaces(count);
    count = 1;
    EXPECT_EQ(module_list_3_0().C_GetInterfaceList(interfaces.data(), &count),
              CKR_BUFFER_TOO_SMALL);
    EXPECT_EQ(count, 2u);
    EXPECT_EQ(module_list_3_0().C_GetInterfaceList(interfaces.data(), &count), CKR_OK);
    for (const CK_INTERFACE& each : interfaces) {
        EXPECT_STREQ(reinterpret_cast<const char*>(each.pInterfaceName), "PKCS 11");
    }
    EXPECT_EQ(module_list_3_0().C_GetInterfaceList(nullptr, nullptr), CKR_ARGUMENTS_BAD);
}

TEST_F(Uninitialized, interface_is_found_by_each_criterion) {
    auto& list = module_list_3_0();
    CK_INTERFACE* found = nullptr;
    CK_UTF8CHAR name[] = "PKCS 11";
    CK_UTF8CHAR other[] = "Vendor X";
    CK_VERSION old{2, 40};
    CK_VERSION unknown{9, 9};
    EXPECT_EQ(list.C_GetInterface(nullptr, nullptr, &found, 0), CKR_OK);
    EXPECT_EQ(static_cast<CK_VERSION*>(found->pFunctionList)->major, 3);
    EXPECT_EQ(list.C_GetInterface(name, &old, &found, CKF_INTERFACE_FORK_SAFE), CKR_OK);
    EXPECT_EQ(found->pFunctionList, &p11);
    EXPECT_EQ(list.C_GetInterface(other, nullptr, &found, 0), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(list.C_GetInterface(name, &unknown, &found, 0), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(list.C_GetInterface(name, nullptr, &found, 0x80), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(list.C_GetInterface(name, nullptr, nullptr, 0), CKR_ARGUMENTS_BAD);
}

TEST_F(Uninitialized, initialize_refuses_bad_arguments) {
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.pReserved = &arguments;
    EXPECT_EQ(p11.C_Initialize(&arguments), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(p11.C_Finalize(nullptr), CKR_CRYPTOKI_NOT_INITIALIZED);
}

TEST_F(Uninitialized, initialize_takes_all_mutex_functions_or_none) {
    for (const CK_FLAGS flags : {CK_FLAGS{0}, CK_FLAGS{CKF_OS_LOCKING_OK}}) {
        for (int missing = 0; missing < 4; ++missing) {
            CK_C_INITIALIZE_ARGS arguments{create_mutex, use_mutex, use_mutex,
                                           use_mutex,    flags,     nullptr};
            if (missing == 0) arguments.CreateMutex = nullptr;
            if (missing == 1) arguments.DestroyMutex = nullptr;
            if (missing == 2) arguments.LockMutex = nullptr;
            if (missing == 3) arguments.UnlockMutex = nullptr;
            EXPECT_EQ(p11.C_Initialize(&arguments), CKR_ARGUMENTS_BAD) << missing;
        }
        CK_C_INITIALIZE_ARGS lonely{};
        lonely.flags = flags;
        lonely.LockMutex = use_mutex;
        EXPECT_EQ(p11.C_Initialize(&lonely), CKR_ARGUMENTS_BAD);
    }
    EXPECT_EQ(p11.C_Finalize(nullptr), CKR_CRYPTOKI_NOT_INITIALIZED);
}

TEST_F(Uninitialized, initialize_accepts_every_way_to_allow_the_systems_locks) {
    EXPECT_EQ(p11.C_Initialize(nullptr), CKR_OK);
    EXPECT_EQ(p11.C_Finalize(nullptr), CKR_OK);
    CK_C_INITIALIZE_ARGS arguments{};
    EXPECT_EQ(p11.C_Initialize(&arguments), CKR_OK);
    EXPECT_EQ(p11.C_Finalize(nullptr), CKR_OK);
    arguments = {create_mutex, use_mutex, use_mutex, use_mutex, CKF_OS_LOCKING_OK, nullptr};
    EXPECT_EQ(p11.C_Initialize(&arguments), CKR_OK);
    EXPECT_EQ(p11.C_Finalize(nullptr), CKR_OK);
}

/// And what programs then do, strongSwan among them, leads to a module that works.
TEST_F(Uninitialized, initialize_cannot_lock_with_the_applications_mutexes_alone) {
    CK_C_INITIALIZE_ARGS arguments{create_mutex, use_mutex, use_mutex, use_mutex, 0, nullptr};
    EXPECT_EQ(p11.C_Initialize(&arguments), CKR_CANT_LOCK);
    EXPECT_EQ(p11.C_Finalize(nullptr), CKR_CRYPTOKI_NOT_INITIALIZED);
    arguments = {};
    arguments.flags = CKF_OS_LOCKING_OK;
    EXPECT_EQ(p11.C_Initialize(&arguments), CKR_OK);
    EXPECT_EQ(p11.C_Finalize(nullptr), CKR_OK);
}

TEST_F(ModuleTest, cannot_be_initialized_twice) {
    EXPECT_EQ(p11.C_Initialize(nullptr), CKR_CRYPTOKI_ALREADY_INITIALIZED);
}

TEST_F(ModuleTest, finalises_only_without_argument) {
    int reserved = 0;
    EXPECT_EQ(p11.C_Finalize(&reserved), CKR_ARGUMENTS_BAD);
    EXPECT_EQ(p11.C_Finalize(nullptr), CKR_OK);
    EXPECT_EQ(p11.C_Finalize(nullptr), CKR_CRYPTOKI_NOT_INITIALIZED);
}

TEST_F(ModuleTest, gives_up_its_sessions_when_finalised) {
    const CK_SESSION_HANDLE session = open();
    ASSERT_EQ(p11.C_Finalize(nullptr), CKR_OK);
    ASSERT_EQ(p11.C_Initialize(nullptr), CKR_OK);
    CK_SESSION_INFO info{};
    EXPECT_EQ(p11.C_GetSessionInfo(session, &info), CKR_SESSION_HANDLE_INVALID);
}

TEST_F(ModuleTest, tells_about_itself) {
    CK_INFO info{};
    ASSERT_EQ(p11.C_GetInfo(&info), CKR_OK);
    EXPECT_EQ(info.cryptokiVersion.major, 2);
    EXPECT_EQ(std::string(std::begin(info.manufacturerID), std::end(info.manufacturerID)),
              "Cardmux" + std::string(25, ' '));
    EXPECT_EQ(info.flags, 0u);
    EXPECT_EQ(p11.C_GetInfo(nullptr), CKR_ARGUMENTS_BAD);
}

}  // namespace
}  // namespace conformance

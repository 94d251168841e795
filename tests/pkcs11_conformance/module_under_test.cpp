// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "module_under_test.h"

#include <dlfcn.h>

#include <cstdlib>

namespace conformance {

void* module_symbol(const char* name) {
    // Whatever the user's own settings are. (In a program that the module is part of: no effect.)
    setenv("CARDMUX_CONFIG", "/dev/null", 0);
    setenv("CARDMUX_SIMULATE", "instant,cards=1", 0);
    // Null: the module is part of this program (card_test.cpp).
    static void* const module = dlopen(std::getenv("CARDMUX_MODULE"), RTLD_NOW | RTLD_LOCAL);
    if (module == nullptr) {
        ADD_FAILURE() << dlerror();
        std::abort();
    }
    return dlsym(module, name);
}

CK_FUNCTION_LIST& module_list() {
    static CK_FUNCTION_LIST* const list = [] {
        const auto get = reinterpret_cast<CK_C_GetFunctionList>(module_symbol("C_GetFunctionList"));
        CK_FUNCTION_LIST* found = nullptr;
        EXPECT_EQ(get(&found), CKR_OK);
        return found;
    }();
    return *list;
}

CK_FUNCTION_LIST_3_0& module_list_3_0() {
    const auto get = reinterpret_cast<CK_C_GetInterface>(module_symbol("C_GetInterface"));
    CK_INTERFACE* found = nullptr;
    CK_VERSION version{3, 0};
    EXPECT_EQ(get(nullptr, &version, &found, 0), CKR_OK);
    return *static_cast<CK_FUNCTION_LIST_3_0*>(found->pFunctionList);
}

Bytes bytes(const std::string& text) {
    return {text.begin(), text.end()};
}

void ModuleTest::SetUp() {
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    ASSERT_EQ(p11.C_Initialize(&arguments), CKR_OK);
}

void ModuleTest::TearDown() {
    const CK_RV code = p11.C_Finalize(nullptr);
    EXPECT_TRUE(code == CKR_OK || code == CKR_CRYPTOKI_NOT_INITIALIZED) << code;
}

CK_SLOT_ID ModuleTest::slot() {
    CK_SLOT_ID id = ~CK_SLOT_ID{0};
    CK_ULONG count = 1;
    EXPECT_EQ(p11.C_GetSlotList(CK_TRUE, &id, &count), CKR_OK);
    EXPECT_EQ(count, 1u);
    return id;
}

CK_SESSION_HANDLE ModuleTest::open(CK_FLAGS flags) {
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    EXPECT_EQ(p11.C_OpenSession(slot(), flags, nullptr, nullptr, &session), CKR_OK);
    EXPECT_NE(session, CK_INVALID_HANDLE);
    return session;
}

CK_RV ModuleTest::log_in_with(CK_SESSION_HANDLE session, CK_USER_TYPE user, std::string with_pin) {
    return p11.C_Login(session, user, reinterpret_cast<CK_BYTE*>(with_pin.data()), with_pin.size());
}

CK_RV ModuleTest::log_in(CK_SESSION_HANDLE session, CK_USER_TYPE user) {
    return log_in_with(session, user, pin);
}

CK_SESSION_HANDLE ModuleTest::open_logged_in() {
    const CK_SESSION_HANDLE session = open();
    EXPECT_EQ(log_in(session), CKR_OK);
    return session;
}

std::vector<CK_OBJECT_HANDLE> ModuleTest::find(CK_SESSION_HANDLE session,
                                               std::vector<CK_ATTRIBUTE> wanted) {
    EXPECT_EQ(p11.C_FindObjectsInit(session, wanted.data(), wanted.size()), CKR_OK);
    std::vector<CK_OBJECT_HANDLE> found(64);
    CK_ULONG count = 0;
    EXPECT_EQ(p11.C_FindObjects(session, found.data(), found.size(), &count), CKR_OK);
    EXPECT_EQ(p11.C_FindObjectsFinal(session), CKR_OK);
    found.resize(count);
    return found;
}

CK_OBJECT_HANDLE ModuleTest::find_one(CK_SESSION_HANDLE session, CK_OBJECT_CLASS object_class,
                                      CK_BYTE id) {
    const auto found = find(
        session, {{CKA_CLASS, &object_class, sizeof(object_class)}, {CKA_ID, &id, sizeof(id)}});
    EXPECT_LE(found.size(), 1u);
    return found.empty() ? CK_INVALID_HANDLE : found.front();
}

Bytes ModuleTest::attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                            CK_ATTRIBUTE_TYPE type) {
    CK_ATTRIBUTE request{type, nullptr, 0};
    EXPECT_EQ(p11.C_GetAttributeValue(session, object, &request, 1), CKR_OK) << std::hex << type;
    if (request.ulValueLen == CK_UNAVAILABLE_INFORMATION) return {};
    Bytes value(request.ulValueLen);
    request.pValue = value.data();
    EXPECT_EQ(p11.C_GetAttributeValue(session, object, &request, 1), CKR_OK);
    return value;
}

CK_RV ModuleTest::sign_init(CK_SESSION_HANDLE session, CK_MECHANISM_TYPE type,
                            CK_OBJECT_HANDLE key) {
    CK_MECHANISM mechanism{type, nullptr, 0};
    return p11.C_SignInit(session, &mechanism, key);
}

CK_RV ModuleTest::sign(CK_SESSION_HANDLE session, Bytes data, Bytes& signature) {
    signature.resize(512);
    CK_ULONG size = signature.size();
    const CK_RV code = p11.C_Sign(session, data.data(), data.size(), signature.data(), &size);
    signature.resize(code == CKR_OK ? size : 0);
    return code;
}

}  // namespace conformance

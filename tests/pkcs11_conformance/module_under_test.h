// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A PKCS #11 module as a program sees it: loaded at run time, through C_GetFunctionList, with one
// simulated card (RSA-2048 in 9A, 9D and 9E, P-256 in 9C). Each C_Initialize makes a new card.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "api/pkcs11/pkcs11.h"

namespace conformance {

using Bytes = std::vector<CK_BYTE>;

/// The 2.40 list of the module that CARDMUX_MODULE names; loaded once, never unloaded. Without the
/// variable: of the module inside this program.
CK_FUNCTION_LIST& module_list();
CK_FUNCTION_LIST_3_0& module_list_3_0();
void* module_symbol(const char* name);

Bytes bytes(const std::string& text);

constexpr CK_BYTE id_9a = 1;
constexpr CK_BYTE id_9c = 2;
constexpr CK_BYTE id_9d = 3;
constexpr CK_BYTE id_9e = 4;

/// Ready to use: initialized before each test, finalised after it.
class ModuleTest : public testing::Test {
  protected:
    void SetUp() override;
    void TearDown() override;

    CK_FUNCTION_LIST& p11 = module_list();
    const std::string pin = "123456";

    CK_SLOT_ID slot();
    CK_SESSION_HANDLE open(CK_FLAGS flags = CKF_SERIAL_SESSION);
    CK_RV log_in(CK_SESSION_HANDLE session, CK_USER_TYPE user = CKU_USER);
    CK_RV log_in_with(CK_SESSION_HANDLE session, CK_USER_TYPE user, std::string with_pin);
    CK_SESSION_HANDLE open_logged_in();

    std::vector<CK_OBJECT_HANDLE> find(CK_SESSION_HANDLE session,
                                       std::vector<CK_ATTRIBUTE> wanted = {});
    /// CK_INVALID_HANDLE if there is none.
    CK_OBJECT_HANDLE find_one(CK_SESSION_HANDLE session, CK_OBJECT_CLASS object_class, CK_BYTE id);
    CK_OBJECT_HANDLE private_key(CK_SESSION_HANDLE session, CK_BYTE id) {
        return find_one(session, CKO_PRIVATE_KEY, id);
    }
    CK_OBJECT_HANDLE public_key(CK_SESSION_HANDLE session, CK_BYTE id) {
        return find_one(session, CKO_PUBLIC_KEY, id);
    }
    Bytes attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);

    CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key);
    /// One C_Sign into a buffer that is large enough.
    CK_RV sign(CK_SESSION_HANDLE session, Bytes data, Bytes& signature);
};

}  // namespace conformance

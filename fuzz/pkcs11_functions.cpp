// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "fuzz/pkcs11_functions.h"

#include <algorithm>

#include "fuzz/pkcs11_world.h"

namespace cardmux::fuzz {
namespace {

using Codes = std::vector<CK_RV>;
using Table = std::vector<Function>;

template <auto function>
CK_RV call(Arguments& arguments) {
    return call_with(function, arguments);
}

template <auto function>
Function row(const char* name, std::initializer_list<Codes> groups, Writes writes = Writes::Other) {
    Function made{name, call<function>, {}, writes};
    for (const Codes& group : groups) {
        made.codes.insert(made.codes.end(), group.begin(), group.end());
    }
    return made;
}

// What many functions have in common.
const Codes device = {CKR_DEVICE_ERROR, CKR_DEVICE_MEMORY, CKR_DEVICE_REMOVED};
const Codes slot = {CKR_SLOT_ID_INVALID};
const Codes token = {CKR_SLOT_ID_INVALID, CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_RECOGNIZED,
                     CKR_DEVICE_ERROR,    CKR_DEVICE_MEMORY,     CKR_DEVICE_REMOVED};
const Codes session = {CKR_SESSION_CLOSED, CKR_SESSION_HANDLE_INVALID, CKR_DEVICE_ERROR,
                       CKR_DEVICE_MEMORY, CKR_DEVICE_REMOVED};
const Codes operation = {CKR_SESSION_CLOSED, CKR_SESSION_HANDLE_INVALID,   CKR_DEVICE_ERROR,
                         CKR_DEVICE_MEMORY,  CKR_DEVICE_REMOVED,           CKR_FUNCTION_CANCELED,
                         CKR_ARGUMENTS_BAD,  CKR_OPERATION_NOT_INITIALIZED};
const Codes begin = {CKR_ARGUMENTS_BAD, CKR_FUNCTION_CANCELED, CKR_MECHANISM_INVALID,
                     CKR_MECHANISM_PARAM_INVALID, CKR_OPERATION_ACTIVE, CKR_PIN_EXPIRED,
                     CKR_USER_NOT_LOGGED_IN,
                     // No mechanism ends the operation (3.0); there has to be one, as for Final.
                     CKR_OPERATION_NOT_INITIALIZED};
const Codes key = {CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_KEY_HANDLE_INVALID, CKR_KEY_SIZE_RANGE,
                   CKR_KEY_TYPE_INCONSISTENT};
const Codes creation = {
    CKR_ARGUMENTS_BAD,           CKR_ATTRIBUTE_READ_ONLY, CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_ATTRIBUTE_VALUE_INVALID, CKR_CURVE_NOT_SUPPORTED, CKR_PIN_EXPIRED,
    CKR_SESSION_READ_ONLY,       CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT,
    CKR_TOKEN_WRITE_PROTECTED,   CKR_USER_NOT_LOGGED_IN};
const Codes login = {CKR_ARGUMENTS_BAD,
                     CKR_FUNCTION_CANCELED,
                     CKR_OPERATION_NOT_INITIALIZED,
                     CKR_PIN_INCORRECT,
                     CKR_PIN_LOCKED,
                     CKR_SESSION_READ_ONLY_EXISTS,
                     CKR_USER_ALREADY_LOGGED_IN,
                     CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
                     CKR_USER_PIN_NOT_INITIALIZED,
                     CKR_USER_TYPE_INVALID};
const Codes bad = {CKR_ARGUMENTS_BAD};
const Codes small = {CKR_BUFFER_TOO_SMALL};
const Codes data = {CKR_DATA_LEN_RANGE};
const Codes encrypted = {CKR_BUFFER_TOO_SMALL, CKR_ENCRYPTED_DATA_INVALID,
                         CKR_ENCRYPTED_DATA_LEN_RANGE, CKR_USER_NOT_LOGGED_IN};
const Codes rejected = {CKR_FUNCTION_REJECTED, CKR_USER_NOT_LOGGED_IN};
const Codes signature = {CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE};
const Codes missing = {CKR_FUNCTION_NOT_SUPPORTED, CKR_SESSION_HANDLE_INVALID};

Table administration() {
    return {
        // clang-format off
        row<initialize>("C_Initialize", {{CKR_ARGUMENTS_BAD, CKR_CANT_LOCK,
            CKR_CRYPTOKI_ALREADY_INITIALIZED, CKR_NEED_TO_CREATE_THREADS}}),
        row<C_Finalize>("C_Finalize", {bad}),
        row<C_GetInfo>("C_GetInfo", {bad}),
        row<C_GetFunctionList>("C_GetFunctionList", {bad}),
        row<C_GetSlotList>("C_GetSlotList", {bad, small}),
        row<C_GetSlotInfo>("C_GetSlotInfo", {bad, slot, {CKR_DEVICE_ERROR}}),
        row<C_GetTokenInfo>("C_GetTokenInfo", {bad, token}),
        row<C_GetMechanismList>("C_GetMechanismList", {bad, token, small}),
        row<C_GetMechanismInfo>("C_GetMechanismInfo", {bad, token, {CKR_MECHANISM_INVALID}}),
        row<C_InitToken>("C_InitToken", {slot, missing}),
        row<C_InitPIN>("C_InitPIN", {missing}),
        row<C_SetPIN>("C_SetPIN", {missing}),
        row<C_OpenSession>("C_OpenSession", {bad, token, {CKR_SESSION_COUNT,
            CKR_SESSION_PARALLEL_NOT_SUPPORTED, CKR_TOKEN_WRITE_PROTECTED}}, Writes::Sessions),
        row<C_CloseSession>("C_CloseSession", {session}),
        row<C_CloseAllSessions>("C_CloseAllSessions", {slot, device, {CKR_TOKEN_NOT_PRESENT}}),
        row<C_GetSessionInfo>("C_GetSessionInfo", {bad, session}),
        row<C_GetOperationState>("C_GetOperationState", {missing}),
        row<C_SetOperationState>("C_SetOperationState", {missing}),
        row<C_Login>("C_Login", {session, login}),
        row<C_Logout>("C_Logout", {session, {CKR_USER_NOT_LOGGED_IN}}),
        row<C_CreateObject>("C_CreateObject", {session, creation}, Writes::Objects),
        row<C_CopyObject>("C_CopyObject", {missing}),
        // Certificates, too, are written by the user only (docs/pkcs11.md).
        row<C_DestroyObject>("C_DestroyObject", {session, {CKR_ACTION_PROHIBITED,
            CKR_OBJECT_HANDLE_INVALID, CKR_PIN_EXPIRED, CKR_SESSION_READ_ONLY,
            CKR_TOKEN_WRITE_PROTECTED, CKR_USER_NOT_LOGGED_IN}}),
        row<C_GetObjectSize>("C_GetObjectSize", {bad, session, {CKR_INFORMATION_SENSITIVE,
            CKR_OBJECT_HANDLE_INVALID}}),
        row<C_GetAttributeValue>("C_GetAttributeValue", {bad, session, small,
            {CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID, CKR_OBJECT_HANDLE_INVALID}}),
        row<C_SetAttributeValue>("C_SetAttributeValue", {missing}),
        row<C_FindObjectsInit>("C_FindObjectsInit", {bad, session, {CKR_ATTRIBUTE_TYPE_INVALID,
            CKR_ATTRIBUTE_VALUE_INVALID, CKR_OPERATION_ACTIVE, CKR_PIN_EXPIRED}}),
        row<C_FindObjects>("C_FindObjects", {bad, session, {CKR_OPERATION_NOT_INITIALIZED}},
            Writes::Objects),
        row<C_FindObjectsFinal>("C_FindObjectsFinal", {session, {CKR_OPERATION_NOT_INITIALIZED}}),
        // clang-format on
    };
}

Table cryptography() {
    return {
        // clang-format off
        row<C_EncryptInit>("C_EncryptInit", {missing}),
        row<C_Encrypt>("C_Encrypt", {missing}),
        row<C_EncryptUpdate>("C_EncryptUpdate", {missing}),
        row<C_EncryptFinal>("C_EncryptFinal", {missing}),
        row<C_DecryptInit>("C_DecryptInit", {session, begin, key}),
        row<C_Decrypt>("C_Decrypt", {operation, encrypted}),
        row<C_DecryptUpdate>("C_DecryptUpdate", {operation, encrypted}),
        row<C_DecryptFinal>("C_DecryptFinal", {operation, encrypted}),
        row<C_DigestInit>("C_DigestInit", {session, begin}),
        row<C_Digest>("C_Digest", {operation, small}),
        row<C_DigestUpdate>("C_DigestUpdate", {operation}),
        row<C_DigestKey>("C_DigestKey", {operation, {CKR_KEY_HANDLE_INVALID, CKR_KEY_INDIGESTIBLE,
            CKR_KEY_SIZE_RANGE}}),
        row<C_DigestFinal>("C_DigestFinal", {operation, small}),
        row<C_SignInit>("C_SignInit", {session, begin, key}),
        row<C_Sign>("C_Sign", {operation, small, data, rejected, {CKR_DATA_INVALID}}),
        row<C_SignUpdate>("C_SignUpdate", {operation, data, {CKR_USER_NOT_LOGGED_IN}}),
        row<C_SignFinal>("C_SignFinal", {operation, small, data, rejected}),
        row<C_SignRecoverInit>("C_SignRecoverInit", {missing}),
        row<C_SignRecover>("C_SignRecover", {missing}),
        row<C_VerifyInit>("C_VerifyInit", {session, begin, key}),
        row<C_Verify>("C_Verify", {operation, data, signature, {CKR_DATA_INVALID}}),
        row<C_VerifyUpdate>("C_VerifyUpdate", {operation, data}),
        row<C_VerifyFinal>("C_VerifyFinal", {operation, data, signature}),
        row<C_VerifyRecoverInit>("C_VerifyRecoverInit", {missing}),
        row<C_VerifyRecover>("C_VerifyRecover", {missing}),
        row<C_DigestEncryptUpdate>("C_DigestEncryptUpdate", {missing}),
        row<C_DecryptDigestUpdate>("C_DecryptDigestUpdate", {missing}),
        row<C_SignEncryptUpdate>("C_SignEncryptUpdate", {missing}),
        row<C_DecryptVerifyUpdate>("C_DecryptVerifyUpdate", {missing}),
        row<C_GenerateKey>("C_GenerateKey", {missing}),
        row<C_GenerateKeyPair>("C_GenerateKeyPair", {session, creation, {CKR_FUNCTION_CANCELED,
            CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID, CKR_OPERATION_ACTIVE}},
            Writes::Objects),
        row<C_WrapKey>("C_WrapKey", {missing}),
        row<C_UnwrapKey>("C_UnwrapKey", {missing}),
        row<C_DeriveKey>("C_DeriveKey", {missing}),
        row<C_SeedRandom>("C_SeedRandom", {bad, session, {CKR_FUNCTION_CANCELED,
            CKR_OPERATION_ACTIVE, CKR_RANDOM_NO_RNG, CKR_RANDOM_SEED_NOT_SUPPORTED,
            CKR_USER_NOT_LOGGED_IN}}),
        row<C_GenerateRandom>("C_GenerateRandom", {bad, session, {CKR_FUNCTION_CANCELED,
            CKR_OPERATION_ACTIVE, CKR_RANDOM_NO_RNG, CKR_USER_NOT_LOGGED_IN}}),
        row<C_GetFunctionStatus>("C_GetFunctionStatus", {{CKR_FUNCTION_NOT_PARALLEL,
            CKR_SESSION_CLOSED, CKR_SESSION_HANDLE_INVALID}}),
        row<C_CancelFunction>("C_CancelFunction", {{CKR_FUNCTION_NOT_PARALLEL, CKR_SESSION_CLOSED,
            CKR_SESSION_HANDLE_INVALID}}),
        row<C_WaitForSlotEvent>("C_WaitForSlotEvent", {bad, {CKR_FUNCTION_NOT_SUPPORTED,
            CKR_NO_EVENT}}),
        // clang-format on
    };
}

Table added_by_3_0() {
    return {
        // clang-format off
        row<C_GetInterfaceList>("C_GetInterfaceList", {bad, small}),
        row<get_interface>("C_GetInterface", {bad}),
        row<C_LoginUser>("C_LoginUser", {session, login}),
        row<C_SessionCancel>("C_SessionCancel", {session, {CKR_OPERATION_CANCEL_FAILED}}),
        row<C_MessageEncryptInit>("C_MessageEncryptInit", {missing}),
        row<C_EncryptMessage>("C_EncryptMessage", {missing}),
        row<C_EncryptMessageBegin>("C_EncryptMessageBegin", {missing}),
        row<C_EncryptMessageNext>("C_EncryptMessageNext", {missing}),
        row<C_MessageEncryptFinal>("C_MessageEncryptFinal", {missing}),
        row<C_MessageDecryptInit>("C_MessageDecryptInit", {missing}),
        row<C_DecryptMessage>("C_DecryptMessage", {missing}),
        row<C_DecryptMessageBegin>("C_DecryptMessageBegin", {missing}),
        row<C_DecryptMessageNext>("C_DecryptMessageNext", {missing}),
        row<C_MessageDecryptFinal>("C_MessageDecryptFinal", {missing}),
        row<C_MessageSignInit>("C_MessageSignInit", {missing}),
        row<C_SignMessage>("C_SignMessage", {missing}),
        row<C_SignMessageBegin>("C_SignMessageBegin", {missing}),
        row<C_SignMessageNext>("C_SignMessageNext", {missing}),
        row<C_MessageSignFinal>("C_MessageSignFinal", {missing}),
        row<C_MessageVerifyInit>("C_MessageVerifyInit", {missing}),
        row<C_VerifyMessage>("C_VerifyMessage", {missing}),
        row<C_VerifyMessageBegin>("C_VerifyMessageBegin", {missing}),
        row<C_VerifyMessageNext>("C_VerifyMessageNext", {missing}),
        row<C_MessageVerifyFinal>("C_MessageVerifyFinal", {missing}),
        // clang-format on
    };
}

Table what_a_person_does() {
    return {row<pull_card>("pull_card", {}), row<insert_card>("insert_card", {}),
            row<reset_card>("reset_card", {}), row<lose_answer>("lose_answer", {}),
            row<change_pin>("change_pin", {})};
}

}  // namespace

const std::vector<Function>& functions() {
    static const auto& all = *new Table([] {
        Table joined;
        for (const auto part : {administration, cryptography, added_by_3_0, what_a_person_does}) {
            for (Function& each : part()) joined.push_back(std::move(each));
        }
        return joined;
    }());
    return all;
}

bool may_return(const Function& function, CK_RV code) {
    if (code == CKR_OK || code == CKR_FUNCTION_FAILED) return true;
    if (code == CKR_CRYPTOKI_NOT_INITIALIZED) return true;
    return std::ranges::find(function.codes, code) != function.codes.end();
}

}  // namespace cardmux::fuzz

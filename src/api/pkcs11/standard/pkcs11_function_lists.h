// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The function lists of PKCS #11 2.40 and 3.0. The order is the ABI: a line moved here breaks every
// program.
#pragma once

#include "api/pkcs11/standard/pkcs11_functions.h"

// NOLINTBEGIN(readability-identifier-naming): the standard's names

#ifdef _WIN32
#pragma pack(push, cryptoki, 1)
#endif

/// The list of 2.40: what C_GetFunctionList gives.
struct CK_FUNCTION_LIST {
    CK_VERSION version;
    decltype(&::C_Initialize) C_Initialize;
    decltype(&::C_Finalize) C_Finalize;
    decltype(&::C_GetInfo) C_GetInfo;
    decltype(&::C_GetFunctionList) C_GetFunctionList;
    decltype(&::C_GetSlotList) C_GetSlotList;
    decltype(&::C_GetSlotInfo) C_GetSlotInfo;
    decltype(&::C_GetTokenInfo) C_GetTokenInfo;
    decltype(&::C_GetMechanismList) C_GetMechanismList;
    decltype(&::C_GetMechanismInfo) C_GetMechanismInfo;
    decltype(&::C_InitToken) C_InitToken;
    decltype(&::C_InitPIN) C_InitPIN;
    decltype(&::C_SetPIN) C_SetPIN;
    decltype(&::C_OpenSession) C_OpenSession;
    decltype(&::C_CloseSession) C_CloseSession;
    decltype(&::C_CloseAllSessions) C_CloseAllSessions;
    decltype(&::C_GetSessionInfo) C_GetSessionInfo;
    decltype(&::C_GetOperationState) C_GetOperationState;
    decltype(&::C_SetOperationState) C_SetOperationState;
    decltype(&::C_Login) C_Login;
    decltype(&::C_Logout) C_Logout;
    decltype(&::C_CreateObject) C_CreateObject;
    decltype(&::C_CopyObject) C_CopyObject;
    decltype(&::C_DestroyObject) C_DestroyObject;
    decltype(&::C_GetObjectSize) C_GetObjectSize;
    decltype(&::C_GetAttributeValue) C_GetAttributeValue;
    decltype(&::C_SetAttributeValue) C_SetAttributeValue;
    decltype(&::C_FindObjectsInit) C_FindObjectsInit;
    decltype(&::C_FindObjects) C_FindObjects;
    decltype(&::C_FindObjectsFinal) C_FindObjectsFinal;
    decltype(&::C_EncryptInit) C_EncryptInit;
    decltype(&::C_Encrypt) C_Encrypt;
    decltype(&::C_EncryptUpdate) C_EncryptUpdate;
    decltype(&::C_EncryptFinal) C_EncryptFinal;
    decltype(&::C_DecryptInit) C_DecryptInit;
    decltype(&::C_Decrypt) C_Decrypt;
    decltype(&::C_DecryptUpdate) C_DecryptUpdate;
    decltype(&::C_DecryptFinal) C_DecryptFinal;
    decltype(&::C_DigestInit) C_DigestInit;
    decltype(&::C_Digest) C_Digest;
    decltype(&::C_DigestUpdate) C_DigestUpdate;
    decltype(&::C_DigestKey) C_DigestKey;
    decltype(&::C_DigestFinal) C_DigestFinal;
    decltype(&::C_SignInit) C_SignInit;
    decltype(&::C_Sign) C_Sign;
    decltype(&::C_SignUpdate) C_SignUpdate;
    decltype(&::C_SignFinal) C_SignFinal;
    decltype(&::C_SignRecoverInit) C_SignRecoverInit;
    decltype(&::C_SignRecover) C_SignRecover;
    decltype(&::C_VerifyInit) C_VerifyInit;
    decltype(&::C_Verify) C_Verify;
    decltype(&::C_VerifyUpdate) C_VerifyUpdate;
    decltype(&::C_VerifyFinal) C_VerifyFinal;
    decltype(&::C_VerifyRecoverInit) C_VerifyRecoverInit;
    decltype(&::C_VerifyRecover) C_VerifyRecover;
    decltype(&::C_DigestEncryptUpdate) C_DigestEncryptUpdate;
    decltype(&::C_DecryptDigestUpdate) C_DecryptDigestUpdate;
    decltype(&::C_SignEncryptUpdate) C_SignEncryptUpdate;
    decltype(&::C_DecryptVerifyUpdate) C_DecryptVerifyUpdate;
    decltype(&::C_GenerateKey) C_GenerateKey;
    decltype(&::C_GenerateKeyPair) C_GenerateKeyPair;
    decltype(&::C_WrapKey) C_WrapKey;
    decltype(&::C_UnwrapKey) C_UnwrapKey;
    decltype(&::C_DeriveKey) C_DeriveKey;
    decltype(&::C_SeedRandom) C_SeedRandom;
    decltype(&::C_GenerateRandom) C_GenerateRandom;
    decltype(&::C_GetFunctionStatus) C_GetFunctionStatus;
    decltype(&::C_CancelFunction) C_CancelFunction;
    decltype(&::C_WaitForSlotEvent) C_WaitForSlotEvent;
};

/// The list of 3.0: the one of 2.40 with more at its end.
struct CK_FUNCTION_LIST_3_0 {
    CK_VERSION version;
    decltype(&::C_Initialize) C_Initialize;
    decltype(&::C_Finalize) C_Finalize;
    decltype(&::C_GetInfo) C_GetInfo;
    decltype(&::C_GetFunctionList) C_GetFunctionList;
    decltype(&::C_GetSlotList) C_GetSlotList;
    decltype(&::C_GetSlotInfo) C_GetSlotInfo;
    decltype(&::C_GetTokenInfo) C_GetTokenInfo;
    decltype(&::C_GetMechanismList) C_GetMechanismList;
    decltype(&::C_GetMechanismInfo) C_GetMechanismInfo;
    decltype(&::C_InitToken) C_InitToken;
    decltype(&::C_InitPIN) C_InitPIN;
    decltype(&::C_SetPIN) C_SetPIN;
    decltype(&::C_OpenSession) C_OpenSession;
    decltype(&::C_CloseSession) C_CloseSession;
    decltype(&::C_CloseAllSessions) C_CloseAllSessions;
    decltype(&::C_GetSessionInfo) C_GetSessionInfo;
    decltype(&::C_GetOperationState) C_GetOperationState;
    decltype(&::C_SetOperationState) C_SetOperationState;
    decltype(&::C_Login) C_Login;
    decltype(&::C_Logout) C_Logout;
    decltype(&::C_CreateObject) C_CreateObject;
    decltype(&::C_CopyObject) C_CopyObject;
    decltype(&::C_DestroyObject) C_DestroyObject;
    decltype(&::C_GetObjectSize) C_GetObjectSize;
    decltype(&::C_GetAttributeValue) C_GetAttributeValue;
    decltype(&::C_SetAttributeValue) C_SetAttributeValue;
    decltype(&::C_FindObjectsInit) C_FindObjectsInit;
    decltype(&::C_FindObjects) C_FindObjects;
    decltype(&::C_FindObjectsFinal) C_FindObjectsFinal;
    decltype(&::C_EncryptInit) C_EncryptInit;
    decltype(&::C_Encrypt) C_Encrypt;
    decltype(&::C_EncryptUpdate) C_EncryptUpdate;
    decltype(&::C_EncryptFinal) C_EncryptFinal;
    decltype(&::C_DecryptInit) C_DecryptInit;
    decltype(&::C_Decrypt) C_Decrypt;
    decltype(&::C_DecryptUpdate) C_DecryptUpdate;
    decltype(&::C_DecryptFinal) C_DecryptFinal;
    decltype(&::C_DigestInit) C_DigestInit;
    decltype(&::C_Digest) C_Digest;
    decltype(&::C_DigestUpdate) C_DigestUpdate;
    decltype(&::C_DigestKey) C_DigestKey;
    decltype(&::C_DigestFinal) C_DigestFinal;
    decltype(&::C_SignInit) C_SignInit;
    decltype(&::C_Sign) C_Sign;
    decltype(&::C_SignUpdate) C_SignUpdate;
    decltype(&::C_SignFinal) C_SignFinal;
    decltype(&::C_SignRecoverInit) C_SignRecoverInit;
    decltype(&::C_SignRecover) C_SignRecover;
    decltype(&::C_VerifyInit) C_VerifyInit;
    decltype(&::C_Verify) C_Verify;
    decltype(&::C_VerifyUpdate) C_VerifyUpdate;
    decltype(&::C_VerifyFinal) C_VerifyFinal;
    decltype(&::C_VerifyRecoverInit) C_VerifyRecoverInit;
    decltype(&::C_VerifyRecover) C_VerifyRecover;
    decltype(&::C_DigestEncryptUpdate) C_DigestEncryptUpdate;
    decltype(&::C_DecryptDigestUpdate) C_DecryptDigestUpdate;
    decltype(&::C_SignEncryptUpdate) C_SignEncryptUpdate;
    decltype(&::C_DecryptVerifyUpdate) C_DecryptVerifyUpdate;
    decltype(&::C_GenerateKey) C_GenerateKey;
    decltype(&::C_GenerateKeyPair) C_GenerateKeyPair;
    decltype(&::C_WrapKey) C_WrapKey;
    decltype(&::C_UnwrapKey) C_UnwrapKey;
    decltype(&::C_DeriveKey) C_DeriveKey;
    decltype(&::C_SeedRandom) C_SeedRandom;
    decltype(&::C_GenerateRandom) C_GenerateRandom;
    decltype(&::C_GetFunctionStatus) C_GetFunctionStatus;
    decltype(&::C_CancelFunction) C_CancelFunction;
    decltype(&::C_WaitForSlotEvent) C_WaitForSlotEvent;
    decltype(&::C_GetInterfaceList) C_GetInterfaceList;
    decltype(&::C_GetInterface) C_GetInterface;
    decltype(&::C_LoginUser) C_LoginUser;
    decltype(&::C_SessionCancel) C_SessionCancel;
    decltype(&::C_MessageEncryptInit) C_MessageEncryptInit;
    decltype(&::C_EncryptMessage) C_EncryptMessage;
    decltype(&::C_EncryptMessageBegin) C_EncryptMessageBegin;
    decltype(&::C_EncryptMessageNext) C_EncryptMessageNext;
    decltype(&::C_MessageEncryptFinal) C_MessageEncryptFinal;
    decltype(&::C_MessageDecryptInit) C_MessageDecryptInit;
    decltype(&::C_DecryptMessage) C_DecryptMessage;
    decltype(&::C_DecryptMessageBegin) C_DecryptMessageBegin;
    decltype(&::C_DecryptMessageNext) C_DecryptMessageNext;
    decltype(&::C_MessageDecryptFinal) C_MessageDecryptFinal;
    decltype(&::C_MessageSignInit) C_MessageSignInit;
    decltype(&::C_SignMessage) C_SignMessage;
    decltype(&::C_SignMessageBegin) C_SignMessageBegin;
    decltype(&::C_SignMessageNext) C_SignMessageNext;
    decltype(&::C_MessageSignFinal) C_MessageSignFinal;
    decltype(&::C_MessageVerifyInit) C_MessageVerifyInit;
    decltype(&::C_VerifyMessage) C_VerifyMessage;
    decltype(&::C_VerifyMessageBegin) C_VerifyMessageBegin;
    decltype(&::C_VerifyMessageNext) C_VerifyMessageNext;
    decltype(&::C_MessageVerifyFinal) C_MessageVerifyFinal;
};

#ifdef _WIN32
#pragma pack(pop, cryptoki)
#endif

using CK_C_GetFunctionList = decltype(&C_GetFunctionList);
using CK_C_GetInterface = decltype(&C_GetInterface);
using CK_C_GetInterfaceList = decltype(&C_GetInterfaceList);

// NOLINTEND(readability-identifier-naming)

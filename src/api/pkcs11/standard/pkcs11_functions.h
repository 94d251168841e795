// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// All functions of PKCS #11 2.40 and 3.0, in the order of the standard's tables. Ours answer to
// these names; the lists in pkcs11_function_lists.h are made of them.
#pragma once

#include "api/pkcs11/standard/pkcs11_types.h"

// NOLINTBEGIN(readability-identifier-naming): the standard's names

#ifndef _WIN32
#pragma GCC visibility push(default)
#endif

extern "C" {

CK_RV C_Initialize(CK_VOID_PTR arguments) noexcept;
CK_RV C_Finalize(CK_VOID_PTR reserved) noexcept;
CK_RV C_GetInfo(CK_INFO_PTR info) noexcept;
CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR list) noexcept;
CK_RV C_GetSlotList(CK_BBOOL token_present, CK_SLOT_ID_PTR list, CK_ULONG_PTR count) noexcept;
CK_RV C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO_PTR info) noexcept;
CK_RV C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) noexcept;
CK_RV C_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE_PTR list, CK_ULONG_PTR count) noexcept;
CK_RV C_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type,
                         CK_MECHANISM_INFO_PTR info) noexcept;
CK_RV C_InitToken(CK_SLOT_ID slot, CK_UTF8CHAR_PTR pin, CK_ULONG pin_size,
                  CK_UTF8CHAR_PTR label) noexcept;
CK_RV C_InitPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR pin, CK_ULONG pin_size) noexcept;
CK_RV C_SetPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR_PTR old_pin, CK_ULONG old_pin_size,
               CK_UTF8CHAR_PTR new_pin, CK_ULONG new_pin_size) noexcept;
CK_RV C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR application, CK_NOTIFY notify,
                    CK_SESSION_HANDLE_PTR session) noexcept;
CK_RV C_CloseSession(CK_SESSION_HANDLE session) noexcept;
CK_RV C_CloseAllSessions(CK_SLOT_ID slot) noexcept;
CK_RV C_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO_PTR info) noexcept;
CK_RV C_GetOperationState(CK_SESSION_HANDLE session, CK_BYTE_PTR state,
                          CK_ULONG_PTR state_size) noexcept;
CK_RV C_SetOperationState(CK_SESSION_HANDLE session, CK_BYTE_PTR state, CK_ULONG state_size,
                          CK_OBJECT_HANDLE encryption_key,
                          CK_OBJECT_HANDLE authentication_key) noexcept;
CK_RV C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin,
              CK_ULONG pin_size) noexcept;
CK_RV C_Logout(CK_SESSION_HANDLE session) noexcept;
CK_RV C_CreateObject(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes, CK_ULONG count,
                     CK_OBJECT_HANDLE_PTR object) noexcept;
CK_RV C_CopyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR attributes,
                   CK_ULONG count, CK_OBJECT_HANDLE_PTR copy) noexcept;
CK_RV C_DestroyObject(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) noexcept;
CK_RV C_GetObjectSize(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                      CK_ULONG_PTR size) noexcept;
CK_RV C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                          CK_ATTRIBUTE_PTR attributes, CK_ULONG count) noexcept;
CK_RV C_SetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                          CK_ATTRIBUTE_PTR attributes, CK_ULONG count) noexcept;
CK_RV C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes,
                        CK_ULONG count) noexcept;
CK_RV C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG objects_max,
                    CK_ULONG_PTR count) noexcept;
CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE session) noexcept;
CK_RV C_EncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                    CK_OBJECT_HANDLE key) noexcept;
CK_RV C_Encrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR input, CK_ULONG input_size,
                CK_BYTE_PTR output, CK_ULONG_PTR output_size) noexcept;
CK_RV C_EncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR input, CK_ULONG input_size,
                      CK_BYTE_PTR output, CK_ULONG_PTR output_size) noexcept;
CK_RV C_EncryptFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR output,
                     CK_ULONG_PTR output_size) noexcept;
CK_RV C_DecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                    CK_OBJECT_HANDLE key) noexcept;
CK_RV C_Decrypt(CK_SESSION_HANDLE session, CK_BYTE_PTR input, CK_ULONG input_size,
                CK_BYTE_PTR output, CK_ULONG_PTR output_size) noexcept;
CK_RV C_DecryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR input, CK_ULONG input_size,
                      CK_BYTE_PTR output, CK_ULONG_PTR output_size) noexcept;
CK_RV C_DecryptFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR output,
                     CK_ULONG_PTR output_size) noexcept;
CK_RV C_DigestInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism) noexcept;
CK_RV C_Digest(CK_SESSION_HANDLE session, CK_BYTE_PTR input, CK_ULONG input_size,
               CK_BYTE_PTR output, CK_ULONG_PTR output_size) noexcept;
CK_RV C_DigestUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_size) noexcept;
CK_RV C_DigestKey(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) noexcept;
CK_RV C_DigestFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR output,
                    CK_ULONG_PTR output_size) noexcept;
CK_RV C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                 CK_OBJECT_HANDLE key) noexcept;
CK_RV C_Sign(CK_SESSION_HANDLE session, CK_BYTE_PTR input, CK_ULONG input_size, CK_BYTE_PTR output,
             CK_ULONG_PTR output_size) noexcept;
CK_RV C_SignUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_size) noexcept;
CK_RV C_SignFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR output, CK_ULONG_PTR output_size) noexcept;
CK_RV C_SignRecoverInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                        CK_OBJECT_HANDLE key) noexcept;
CK_RV C_SignRecover(CK_SESSION_HANDLE session, CK_BYTE_PTR input, CK_ULONG input_size,
                    CK_BYTE_PTR output, CK_ULONG_PTR output_size) noexcept;
CK_RV C_VerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                   CK_OBJECT_HANDLE key) noexcept;
CK_RV C_Verify(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG data_size,
               CK_BYTE_PTR signature, CK_ULONG signature_size) noexcept;
CK_RV C_VerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR part, CK_ULONG part_size) noexcept;
CK_RV C_VerifyFinal(CK_SESSION_HANDLE session, CK_BYTE_PTR signature,
                    CK_ULONG signature_size) noexcept;
CK_RV C_VerifyRecoverInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                          CK_OBJECT_HANDLE key) noexcept;
CK_RV C_VerifyRecover(CK_SESSION_HANDLE session, CK_BYTE_PTR input, CK_ULONG input_size,
                      CK_BYTE_PTR output, CK_ULONG_PTR output_size) noexcept;
CK_RV C_DigestEncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR input, CK_ULONG input_size,
                            CK_BYTE_PTR output, CK_ULONG_PTR output_size) noexcept;
CK_RV C_DecryptDigestUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR input, CK_ULONG input_size,
                            CK_BYTE_PTR output, CK_ULONG_PTR output_size) noexcept;
CK_RV C_SignEncryptUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR input, CK_ULONG input_size,
                          CK_BYTE_PTR output, CK_ULONG_PTR output_size) noexcept;
CK_RV C_DecryptVerifyUpdate(CK_SESSION_HANDLE session, CK_BYTE_PTR input, CK_ULONG input_size,
                            CK_BYTE_PTR output, CK_ULONG_PTR output_size) noexcept;
CK_RV C_GenerateKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                    CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR key) noexcept;
CK_RV C_GenerateKeyPair(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                        CK_ATTRIBUTE_PTR public_attributes, CK_ULONG public_count,
                        CK_ATTRIBUTE_PTR private_attributes, CK_ULONG private_count,
                        CK_OBJECT_HANDLE_PTR public_key, CK_OBJECT_HANDLE_PTR private_key) noexcept;
CK_RV C_WrapKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                CK_OBJECT_HANDLE wrapping_key, CK_OBJECT_HANDLE key, CK_BYTE_PTR output,
                CK_ULONG_PTR output_size) noexcept;
CK_RV C_UnwrapKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                  CK_OBJECT_HANDLE unwrapping_key, CK_BYTE_PTR input, CK_ULONG input_size,
                  CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR key) noexcept;
CK_RV C_DeriveKey(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE base_key,
                  CK_ATTRIBUTE_PTR attributes, CK_ULONG count, CK_OBJECT_HANDLE_PTR key) noexcept;
CK_RV C_SeedRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR seed, CK_ULONG seed_size) noexcept;
CK_RV C_GenerateRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR output,
                       CK_ULONG output_size) noexcept;
CK_RV C_GetFunctionStatus(CK_SESSION_HANDLE session) noexcept;
CK_RV C_CancelFunction(CK_SESSION_HANDLE session) noexcept;
CK_RV C_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID_PTR slot, CK_VOID_PTR reserved) noexcept;

// New in 3.0.
CK_RV C_GetInterfaceList(CK_INTERFACE_PTR list, CK_ULONG_PTR count) noexcept;
CK_RV C_GetInterface(CK_UTF8CHAR_PTR name, CK_VERSION_PTR version, CK_INTERFACE_PTR_PTR interface,
                     CK_FLAGS flags) noexcept;
CK_RV C_LoginUser(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin,
                  CK_ULONG pin_size, CK_UTF8CHAR_PTR user_name, CK_ULONG user_name_size) noexcept;
CK_RV C_SessionCancel(CK_SESSION_HANDLE session, CK_FLAGS flags) noexcept;
CK_RV C_MessageEncryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                           CK_OBJECT_HANDLE key) noexcept;
CK_RV C_EncryptMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_size,
                       CK_BYTE_PTR associated_data, CK_ULONG associated_data_size,
                       CK_BYTE_PTR input, CK_ULONG input_size, CK_BYTE_PTR output,
                       CK_ULONG_PTR output_size) noexcept;
CK_RV C_EncryptMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                            CK_ULONG parameter_size, CK_BYTE_PTR associated_data,
                            CK_ULONG associated_data_size) noexcept;
CK_RV C_EncryptMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                           CK_ULONG parameter_size, CK_BYTE_PTR input, CK_ULONG input_size,
                           CK_BYTE_PTR output, CK_ULONG_PTR output_size, CK_FLAGS flags) noexcept;
CK_RV C_MessageEncryptFinal(CK_SESSION_HANDLE session) noexcept;
CK_RV C_MessageDecryptInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                           CK_OBJECT_HANDLE key) noexcept;
CK_RV C_DecryptMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_size,
                       CK_BYTE_PTR associated_data, CK_ULONG associated_data_size,
                       CK_BYTE_PTR input, CK_ULONG input_size, CK_BYTE_PTR output,
                       CK_ULONG_PTR output_size) noexcept;
CK_RV C_DecryptMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                            CK_ULONG parameter_size, CK_BYTE_PTR associated_data,
                            CK_ULONG associated_data_size) noexcept;
CK_RV C_DecryptMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                           CK_ULONG parameter_size, CK_BYTE_PTR input, CK_ULONG input_size,
                           CK_BYTE_PTR output, CK_ULONG_PTR output_size, CK_FLAGS flags) noexcept;
CK_RV C_MessageDecryptFinal(CK_SESSION_HANDLE session) noexcept;
CK_RV C_MessageSignInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                        CK_OBJECT_HANDLE key) noexcept;
CK_RV C_SignMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_size,
                    CK_BYTE_PTR data, CK_ULONG data_size, CK_BYTE_PTR signature,
                    CK_ULONG_PTR signature_size) noexcept;
CK_RV C_SignMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                         CK_ULONG parameter_size) noexcept;
CK_RV C_SignMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_size,
                        CK_BYTE_PTR data, CK_ULONG data_size, CK_BYTE_PTR signature,
                        CK_ULONG_PTR signature_size) noexcept;
CK_RV C_MessageSignFinal(CK_SESSION_HANDLE session) noexcept;
CK_RV C_MessageVerifyInit(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism,
                          CK_OBJECT_HANDLE key) noexcept;
CK_RV C_VerifyMessage(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_size,
                      CK_BYTE_PTR data, CK_ULONG data_size, CK_BYTE_PTR signature,
                      CK_ULONG signature_size) noexcept;
CK_RV C_VerifyMessageBegin(CK_SESSION_HANDLE session, CK_VOID_PTR parameter,
                           CK_ULONG parameter_size) noexcept;
CK_RV C_VerifyMessageNext(CK_SESSION_HANDLE session, CK_VOID_PTR parameter, CK_ULONG parameter_size,
                          CK_BYTE_PTR data, CK_ULONG data_size, CK_BYTE_PTR signature,
                          CK_ULONG signature_size) noexcept;
CK_RV C_MessageVerifyFinal(CK_SESSION_HANDLE session) noexcept;

}  // extern "C"

#ifndef _WIN32
#pragma GCC visibility pop
#endif

// NOLINTEND(readability-identifier-naming)

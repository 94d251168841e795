// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A Windows program's way to a key by PKCS #11: the module is loaded by name, as a browser does it.
#pragma once

// First: windows.h makes `interface` a word of its own.
#include "api/pkcs11/pkcs11.h"
#include "signature_judge.h"

namespace pkcs11_client {

using signature_judge::Bytes;
using signature_judge::is_right;
using signature_judge::make_public_blob;

inline constexpr const char* module_name = "cardmux-pkcs11.dll";

/// A function of the module by its name; null if it has none.
template <typename Function>
Function find_function(HMODULE module, const char* name) {
    return reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(module, name)));
}

/// The list of 2.40; null if the module cannot be loaded.
inline CK_FUNCTION_LIST* load_module() {
    const HMODULE module = LoadLibraryA(module_name);
    if (module == nullptr) return nullptr;
    const auto get_list = find_function<CK_C_GetFunctionList>(module, "C_GetFunctionList");
    CK_FUNCTION_LIST* list = nullptr;
    if (get_list == nullptr || get_list(&list) != CKR_OK) return nullptr;
    return list;
}

/// The first object of a class with this id; CK_INVALID_HANDLE if there is none.
inline CK_OBJECT_HANDLE find_object(const CK_FUNCTION_LIST& call, CK_SESSION_HANDLE session,
                                    CK_OBJECT_CLASS object_class, CK_BYTE id) {
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &object_class, sizeof object_class},
                             {CKA_ID, &id, sizeof id}};
    CK_OBJECT_HANDLE found = CK_INVALID_HANDLE;
    CK_ULONG count = 0;
    if (call.C_FindObjectsInit(session, wanted, 2) != CKR_OK) return CK_INVALID_HANDLE;
    const CK_RV code = call.C_FindObjects(session, &found, 1, &count);
    call.C_FindObjectsFinal(session);
    return code == CKR_OK && count == 1 ? found : CK_INVALID_HANDLE;
}

/// An attribute's value; empty if it cannot be had.
inline Bytes read_attribute(const CK_FUNCTION_LIST& call, CK_SESSION_HANDLE session,
                            CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    CK_ATTRIBUTE asked = {type, nullptr, 0};
    if (call.C_GetAttributeValue(session, object, &asked, 1) != CKR_OK) return {};
    Bytes value(asked.ulValueLen);
    asked.pValue = value.data();
    if (call.C_GetAttributeValue(session, object, &asked, 1) != CKR_OK) return {};
    return value;
}

/// An RSA key pair of the card, and its public half as BCrypt takes it.
struct KeyPair {
    CK_OBJECT_HANDLE private_key = CK_INVALID_HANDLE;
    Bytes public_blob;  ///< BCRYPT_RSAPUBLIC_BLOB; empty if there is no such key
};

inline KeyPair find_key_pair(const CK_FUNCTION_LIST& call, CK_SESSION_HANDLE session, CK_BYTE id) {
    KeyPair pair;
    pair.private_key = find_object(call, session, CKO_PRIVATE_KEY, id);
    const CK_OBJECT_HANDLE public_key = find_object(call, session, CKO_PUBLIC_KEY, id);
    const Bytes modulus = read_attribute(call, session, public_key, CKA_MODULUS);
    const Bytes exponent = read_attribute(call, session, public_key, CKA_PUBLIC_EXPONENT);
    if (modulus.empty() || exponent.empty()) return pair;
    pair.public_blob = make_public_blob(modulus, exponent);
    return pair;
}

/// A signature, empty unless the code is CKR_OK.
struct Signed {
    CK_RV code = CKR_OK;
    Bytes signature;
};

/// Signs in one call of a begun operation.
inline Signed sign(const CK_FUNCTION_LIST& call, CK_SESSION_HANDLE session, CK_MECHANISM mechanism,
                   const KeyPair& pair, Bytes data) {
    Signed made;
    made.code = call.C_SignInit(session, &mechanism, pair.private_key);
    if (made.code != CKR_OK) return made;
    made.signature.resize(512);
    auto size = static_cast<CK_ULONG>(made.signature.size());
    made.code = call.C_Sign(session, data.data(), static_cast<CK_ULONG>(data.size()),
                            made.signature.data(), &size);
    made.signature.resize(made.code == CKR_OK ? size : 0);
    return made;
}

}  // namespace pkcs11_client

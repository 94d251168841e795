// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A Windows program that makes, imports, certifies and deletes keys on a smart card through CNG.
// Prints "done" and exits with 0 if each call answered as expected, with 1 at the first that did
// not. What it makes lies in files, for others to judge.
//
//     ksp_writing_probe NAME PIN make KEY ALGORITHM BITS|CURVE PUBLIC SIGNATURE
//     ksp_writing_probe NAME PIN import KEY TYPE FILE CODE    the outcome, hexadecimal; 0: success
//     ksp_writing_probe NAME PIN certify KEY FILE CODE
//     ksp_writing_probe NAME PIN sign KEY SIGNATURE CERTIFICATE   "-": it has none
//     ksp_writing_probe NAME PIN delete KEY
//     ksp_writing_probe NAME PIN refusals KEY                 of a key that is there
//
// The hash that is signed is 32 bytes of 42. PUBLIC gets the blob without its header's magic.
#include <cwchar>

#include "windows/ncrypt_client.h"

namespace {

using namespace ncrypt_client;  // NOLINT(google-build-using-namespace): one program's helpers

constexpr ULONG buffer_key_name = 45;  // NCRYPTBUFFER_PKCS_KEY_NAME

void write_file(const wchar_t* name, const Bytes& bytes) {
    std::FILE* file = _wfopen(name, L"wb");
    require(file != nullptr, "open a file");
    std::fwrite(bytes.data(), 1, bytes.size(), file);
    std::fclose(file);
}

Bytes read_file(const wchar_t* name) {
    std::FILE* file = _wfopen(name, L"rb");
    require(file != nullptr, "open a file");
    Bytes bytes(100'000);
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
    std::fclose(file);
    return bytes;
}

SECURITY_STATUS code_of(const wchar_t* hexadecimal) {
    return static_cast<SECURITY_STATUS>(std::wcstoul(hexadecimal, nullptr, 16));
}

SECURITY_STATUS set_number(NCRYPT_HANDLE object, const wchar_t* name, DWORD value) {
    return set(object, name, &value, sizeof value);
}

Bytes sign(NCRYPT_KEY_HANDLE key) {
    const bool is_rsa = text_property(key, NCRYPT_ALGORITHM_GROUP_PROPERTY) == L"RSA";
    BCRYPT_PKCS1_PADDING_INFO pkcs1 = {BCRYPT_SHA256_ALGORITHM};
    Bytes signature;
    check(ncrypt_client::sign(key, is_rsa ? &pkcs1 : nullptr, Bytes(32, 0x42), signature,
                              NCRYPT_SILENT_FLAG | (is_rsa ? BCRYPT_PAD_PKCS1 : 0)),
          "SignHash");
    return signature;
}

/// KEY ALGORITHM BITS|CURVE PUBLIC SIGNATURE
void make(NCRYPT_PROV_HANDLE provider, const std::wstring& pin, wchar_t** arguments) {
    const std::wstring algorithm = arguments[1];
    NCRYPT_KEY_HANDLE key = 0;
    check(NCryptCreatePersistedKey(provider, &key, algorithm.c_str(), arguments[0], 0, 0),
          "CreatePersistedKey");
    const auto bits = static_cast<DWORD>(std::wcstoul(arguments[2], nullptr, 10));
    if (bits != 0) {
        check(set_number(key, NCRYPT_LENGTH_PROPERTY, bits), "SetProperty, Length");
    } else {
        check(NCryptFinalizeKey(key, NCRYPT_SILENT_FLAG), "no curve", NTE_BAD_KEY_STATE);
        check(set_text(key, L"ECCCurveName", arguments[2]), "SetProperty, ECCCurveName");
    }
    check(set_number(key, NCRYPT_EXPORT_POLICY_PROPERTY, 0), "SetProperty, Export Policy");
    check(set_number(key, NCRYPT_KEY_USAGE_PROPERTY, NCRYPT_ALLOW_ALL_USAGES),
          "SetProperty, Usage");
    check(NCryptFinalizeKey(key, NCRYPT_SILENT_FLAG), "FinalizeKey, no PIN", NTE_SILENT_CONTEXT);
    check(give_pin(key, pin), "SetProperty, PIN");
    check(NCryptFinalizeKey(key, NCRYPT_SILENT_FLAG), "FinalizeKey");
    check(NCryptFinalizeKey(key, NCRYPT_SILENT_FLAG), "FinalizeKey again", NTE_BAD_KEY_STATE);
    require(text_property(key, NCRYPT_NAME_PROPERTY) == arguments[0], "the name");
    const wchar_t* const type = algorithm == L"RSA" ? BCRYPT_RSAPUBLIC_BLOB : BCRYPT_ECCPUBLIC_BLOB;
    Bytes blob(2000);
    DWORD size = 0;
    check(NCryptExportKey(key, 0, type, nullptr, blob.data(), 2000, &size, 0), "ExportKey");
    blob.resize(size);
    write_file(arguments[3], Bytes(blob.begin() + 4, blob.end()));
    write_file(arguments[4], sign(key));
    check(NCryptFreeObject(key), "FreeObject");
}

/// KEY TYPE FILE CODE
void import(NCRYPT_PROV_HANDLE provider, wchar_t** arguments) {
    Bytes blob = read_file(arguments[2]);
    NCryptBuffer name = {static_cast<ULONG>(2 * std::wcslen(arguments[0]) + 2), buffer_key_name,
                         arguments[0]};
    NCryptBufferDesc parameters = {0, 1, &name};
    NCRYPT_KEY_HANDLE key = 0;
    check(NCryptImportKey(provider, 0, arguments[1], &parameters, &key, blob.data(),
                          static_cast<DWORD>(blob.size()), NCRYPT_SILENT_FLAG),
          "ImportKey", code_of(arguments[3]));
    if (key == 0) return;
    require(text_property(key, NCRYPT_NAME_PROPERTY) == arguments[0], "the name");
    check(NCryptFreeObject(key), "FreeObject");
}

/// KEY FILE CODE
void certify(NCRYPT_PROV_HANDLE provider, wchar_t** arguments) {
    const NCRYPT_KEY_HANDLE key = open(provider, arguments[0]);
    const Bytes der = read_file(arguments[1]);
    const SECURITY_STATUS expected = code_of(arguments[2]);
    check(set(key, NCRYPT_CERTIFICATE_PROPERTY, der.data(), der.size()), "SetProperty, certificate",
          expected);
    if (expected == 0)
        require(property(key, NCRYPT_CERTIFICATE_PROPERTY) == der,
                "the certificate by this handle");
    check(NCryptFreeObject(key), "FreeObject");
}

/// KEY SIGNATURE CERTIFICATE
void sign_by_name(NCRYPT_PROV_HANDLE provider, wchar_t** arguments) {
    const NCRYPT_KEY_HANDLE key = open(provider, arguments[0]);
    write_file(arguments[1], sign(key));
    if (arguments[2] != std::wstring(L"-"))
        write_file(arguments[2], property(key, NCRYPT_CERTIFICATE_PROPERTY));
    check(NCryptFreeObject(key), "FreeObject");
}

/// KEY
void delete_by_name(NCRYPT_PROV_HANDLE provider, wchar_t** arguments) {
    const NCRYPT_KEY_HANDLE key = open(provider, arguments[0]);
    const NCRYPT_KEY_HANDLE other = open(provider, arguments[0]);
    check(NCryptDeleteKey(key, NCRYPT_SILENT_FLAG), "DeleteKey");
    check(NCryptFreeObject(key), "FreeObject of a deleted key", NTE_INVALID_HANDLE);
    check(NCryptDeleteKey(other, NCRYPT_SILENT_FLAG), "DeleteKey again", NTE_BAD_KEYSET);
    check(NCryptFreeObject(other), "FreeObject");
    (void)open(provider, arguments[0], NTE_BAD_KEYSET);
}

/// KEY
void check_refusals(NCRYPT_PROV_HANDLE provider, wchar_t** arguments) {
    NCRYPT_KEY_HANDLE key = 0;
    check(NCryptCreatePersistedKey(provider, &key, L"RSA", arguments[0], 0, 0), "the name is taken",
          NTE_EXISTS);
    check(NCryptCreatePersistedKey(provider, &key, L"RSA", L"a\\b", 0, 0), "no name",
          NTE_INVALID_PARAMETER);
    check(NCryptCreatePersistedKey(provider, &key, L"RSA", L"x", 3, 0), "no specification",
          NTE_INVALID_PARAMETER);
    check(NCryptCreatePersistedKey(provider, &key, L"ECDSA_P521", L"x", 0, 0), "no such curve",
          NTE_NOT_SUPPORTED);
    check(NCryptCreatePersistedKey(provider, &key, L"RSA", L"x", 0, 0), "CreatePersistedKey");
    check(set_number(key, NCRYPT_LENGTH_PROPERTY, 1000), "a length", NTE_INVALID_PARAMETER);
    check(set_number(key, NCRYPT_EXPORT_POLICY_PROPERTY, NCRYPT_ALLOW_EXPORT_FLAG), "export",
          NTE_NOT_SUPPORTED);
    check(NCryptDeleteKey(key, 0), "DeleteKey of none", NTE_BAD_KEY_STATE);
    check(NCryptFreeObject(key), "FreeObject");
    key = open(provider, arguments[0]);
    check(set_number(key, NCRYPT_LENGTH_PROPERTY, 2048), "too late", NTE_BAD_KEY_STATE);
    check(NCryptFinalizeKey(key, 0), "FinalizeKey", NTE_BAD_KEY_STATE);
    check(NCryptFreeObject(key), "FreeObject");
    (void)open(provider, L"x", NTE_BAD_KEYSET);
}

}  // namespace

int wmain(int count, wchar_t** arguments) {
    if (count < 5) return 2;
    const std::wstring pin = arguments[2];
    const std::wstring what = arguments[3];
    wchar_t** const rest = arguments + 4;
    NCRYPT_PROV_HANDLE provider = 0;
    check(NCryptOpenStorageProvider(&provider, arguments[1], 0), "OpenStorageProvider");
    if (what != L"make") check(give_pin(provider, pin), "SetProperty, PIN");
    if (what == L"make") make(provider, pin, rest);
    if (what == L"import") import(provider, rest);
    if (what == L"certify") certify(provider, rest);
    if (what == L"sign") sign_by_name(provider, rest);
    if (what == L"delete") delete_by_name(provider, rest);
    if (what == L"refusals") check_refusals(provider, rest);
    check(NCryptFreeObject(provider), "FreeObject");
    std::puts("done");
    return 0;
}

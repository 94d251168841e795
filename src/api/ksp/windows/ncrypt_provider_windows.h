// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What ncrypt.dll expects of a key storage provider: the table of functions, in its order, version
// 3.0. mingw has no ncrypt_provider.h; the layout was found in public copies of it, and the offsets
// are checked below. Names are Microsoft's.
#pragma once

// clang-format off
#include <windows.h>
#include <bcrypt.h>
#include <ncrypt.h>
// clang-format on

#include <cstddef>

namespace cardmux::ksp {

struct BCRYPT_INTERFACE_VERSION {
    USHORT MajorVersion;
    USHORT MinorVersion;
};

template <typename... Parameters>
using NCryptFunction = SECURITY_STATUS(WINAPI*)(Parameters...);

struct NCRYPT_KEY_STORAGE_FUNCTION_TABLE {
    using Provider = NCRYPT_PROV_HANDLE;
    using Key = NCRYPT_KEY_HANDLE;
    using Secret = NCRYPT_SECRET_HANDLE;
    using Buffers = NCryptBufferDesc*;

    BCRYPT_INTERFACE_VERSION Version;
    NCryptFunction<Provider*, LPCWSTR, DWORD> OpenProvider;
    NCryptFunction<Provider, Key*, LPCWSTR, DWORD, DWORD> OpenKey;
    NCryptFunction<Provider, Key*, LPCWSTR, LPCWSTR, DWORD, DWORD> CreatePersistedKey;
    NCryptFunction<Provider, LPCWSTR, PBYTE, DWORD, DWORD*, DWORD> GetProviderProperty;
    NCryptFunction<Provider, Key, LPCWSTR, PBYTE, DWORD, DWORD*, DWORD> GetKeyProperty;
    NCryptFunction<Provider, LPCWSTR, PBYTE, DWORD, DWORD> SetProviderProperty;
    NCryptFunction<Provider, Key, LPCWSTR, PBYTE, DWORD, DWORD> SetKeyProperty;
    NCryptFunction<Provider, Key, DWORD> FinalizeKey;
    NCryptFunction<Provider, Key, DWORD> DeleteKey;
    NCryptFunction<Provider> FreeProvider;
    NCryptFunction<Provider, Key> FreeKey;
    NCryptFunction<PVOID> FreeBuffer;
    NCryptFunction<Provider, Key, PBYTE, DWORD, VOID*, PBYTE, DWORD, DWORD*, DWORD> Encrypt;
    NCryptFunction<Provider, Key, PBYTE, DWORD, VOID*, PBYTE, DWORD, DWORD*, DWORD> Decrypt;
    NCryptFunction<Provider, LPCWSTR, DWORD> IsAlgSupported;
    NCryptFunction<Provider, DWORD, DWORD*, NCryptAlgorithmName**, DWORD> EnumAlgorithms;
    NCryptFunction<Provider, LPCWSTR, NCryptKeyName**, PVOID*, DWORD> EnumKeys;
    NCryptFunction<Provider, Key, LPCWSTR, Buffers, Key*, PBYTE, DWORD, DWORD> ImportKey;
    NCryptFunction<Provider, Key, Key, LPCWSTR, Buffers, PBYTE, DWORD, DWORD*, DWORD> ExportKey;
    NCryptFunction<Provider, Key, VOID*, PBYTE, DWORD, PBYTE, DWORD, DWORD*, DWORD> SignHash;
    NCryptFunction<Provider, Key, VOID*, PBYTE, DWORD, PBYTE, DWORD, DWORD> VerifySignature;
    NCryptFunction<Provider, Key, LPCWSTR, DWORD> PromptUser;
    NCryptFunction<Provider, HANDLE*, DWORD> NotifyChangeKey;
    NCryptFunction<Provider, Key, Key, Secret*, DWORD> SecretAgreement;
    NCryptFunction<Provider, Secret, LPCWSTR, Buffers, PBYTE, DWORD, DWORD*, ULONG> DeriveKey;
    NCryptFunction<Provider, Secret> FreeSecret;
    // Version 2.0, Windows 8
    NCryptFunction<Provider, Key, Buffers, PUCHAR, DWORD, DWORD*, ULONG> KeyDerivation;
    // Version 3.0, Windows 10
    NCryptFunction<Provider, Key, Key, DWORD, Buffers, PBYTE, DWORD, DWORD*, DWORD> CreateClaim;
    NCryptFunction<Provider, Key, Key, DWORD, Buffers, PBYTE, DWORD, Buffers, DWORD> VerifyClaim;
};

// 64-bit Windows.
using Table = NCRYPT_KEY_STORAGE_FUNCTION_TABLE;
static_assert(sizeof(BCRYPT_INTERFACE_VERSION) == 4);
static_assert(offsetof(Table, OpenProvider) == 0x08);
static_assert(offsetof(Table, OpenKey) == 0x10);
static_assert(offsetof(Table, CreatePersistedKey) == 0x18);
static_assert(offsetof(Table, GetProviderProperty) == 0x20);
static_assert(offsetof(Table, GetKeyProperty) == 0x28);
static_assert(offsetof(Table, SetProviderProperty) == 0x30);
static_assert(offsetof(Table, SetKeyProperty) == 0x38);
static_assert(offsetof(Table, FinalizeKey) == 0x40);
static_assert(offsetof(Table, DeleteKey) == 0x48);
static_assert(offsetof(Table, FreeProvider) == 0x50);
static_assert(offsetof(Table, FreeKey) == 0x58);
static_assert(offsetof(Table, FreeBuffer) == 0x60);
static_assert(offsetof(Table, Encrypt) == 0x68);
static_assert(offsetof(Table, Decrypt) == 0x70);
static_assert(offsetof(Table, IsAlgSupported) == 0x78);
static_assert(offsetof(Table, EnumAlgorithms) == 0x80);
static_assert(offsetof(Table, EnumKeys) == 0x88);
static_assert(offsetof(Table, ImportKey) == 0x90);
static_assert(offsetof(Table, ExportKey) == 0x98);
static_assert(offsetof(Table, SignHash) == 0xa0);
static_assert(offsetof(Table, VerifySignature) == 0xa8);
static_assert(offsetof(Table, PromptUser) == 0xb0);
static_assert(offsetof(Table, NotifyChangeKey) == 0xb8);
static_assert(offsetof(Table, SecretAgreement) == 0xc0);
static_assert(offsetof(Table, DeriveKey) == 0xc8);
static_assert(offsetof(Table, FreeSecret) == 0xd0);
static_assert(offsetof(Table, KeyDerivation) == 0xd8);  // what version 1.0 is long
static_assert(offsetof(Table, CreateClaim) == 0xe0);
static_assert(offsetof(Table, VerifyClaim) == 0xe8);
static_assert(sizeof(Table) == 0xf0);

}  // namespace cardmux::ksp

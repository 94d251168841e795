// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#pragma once

// The table of functions that a key storage provider hands out, declared for tests alone. Not
// shared with the provider under test: one mistake would be made on both sides.
// Source: the layout of CPDK's ncrypt_provider.h, versions 1 to 3, as found in public copies.

// clang-format off
#include <windows.h>
#include <bcrypt.h>
#include <ncrypt.h>
// clang-format on

#include <cstddef>

namespace ncrypt_double {

using Status = SECURITY_STATUS;
using ProvHandle = NCRYPT_PROV_HANDLE;
using KeyHandle = NCRYPT_KEY_HANDLE;
using SecretHandle = NCRYPT_SECRET_HANDLE;
using Name = LPCWSTR;
using List = NCryptBufferDesc*;

struct Version {
    USHORT major;
    USHORT minor;
};

template <class... Parameters>
using Function = Status(WINAPI*)(Parameters...);

struct KeyStorageTable {
    Version version;
    Function<ProvHandle*, Name, DWORD> open_provider;
    Function<ProvHandle, KeyHandle*, Name, DWORD, DWORD> open_key;
    Function<ProvHandle, KeyHandle*, Name, Name, DWORD, DWORD> create_key;
    Function<ProvHandle, Name, PBYTE, DWORD, DWORD*, DWORD> get_provider_property;
    Function<ProvHandle, KeyHandle, Name, PBYTE, DWORD, DWORD*, DWORD> get_key_property;
    Function<ProvHandle, Name, PBYTE, DWORD, DWORD> set_provider_property;
    Function<ProvHandle, KeyHandle, Name, PBYTE, DWORD, DWORD> set_key_property;
    Function<ProvHandle, KeyHandle, DWORD> finalize_key;
    Function<ProvHandle, KeyHandle, DWORD> delete_key;
    Function<ProvHandle> free_provider;
    Function<ProvHandle, KeyHandle> free_key;
    Function<void*> free_buffer;
    Function<ProvHandle, KeyHandle, PBYTE, DWORD, void*, PBYTE, DWORD, DWORD*, DWORD> encrypt;
    Function<ProvHandle, KeyHandle, PBYTE, DWORD, void*, PBYTE, DWORD, DWORD*, DWORD> decrypt;
    Function<ProvHandle, Name, DWORD> is_algorithm_supported;
    Function<ProvHandle, DWORD, DWORD*, NCryptAlgorithmName**, DWORD> enum_algorithms;
    Function<ProvHandle, Name, NCryptKeyName**, void**, DWORD> enum_keys;
    Function<ProvHandle, KeyHandle, Name, List, KeyHandle*, PBYTE, DWORD, DWORD> import_key;
    Function<ProvHandle, KeyHandle, KeyHandle, Name, List, PBYTE, DWORD, DWORD*, DWORD> export_key;
    Function<ProvHandle, KeyHandle, void*, PBYTE, DWORD, PBYTE, DWORD, DWORD*, DWORD> sign_hash;
    Function<ProvHandle, KeyHandle, void*, PBYTE, DWORD, PBYTE, DWORD, DWORD> verify_signature;
    Function<ProvHandle, KeyHandle, Name, DWORD> prompt_user;
    Function<ProvHandle, HANDLE*, DWORD> notify_change;
    Function<ProvHandle, KeyHandle, KeyHandle, SecretHandle*, DWORD> secret_agreement;
    Function<ProvHandle, SecretHandle, Name, List, PBYTE, DWORD, DWORD*, ULONG> derive_key;
    Function<ProvHandle, SecretHandle> free_secret;
    // Version 2
    Function<ProvHandle, KeyHandle, List, PUCHAR, DWORD, DWORD*, ULONG> key_derivation;
    // Version 3
    Function<ProvHandle, KeyHandle, KeyHandle, DWORD, List, PBYTE, DWORD, DWORD*, DWORD>
        create_claim;
    Function<ProvHandle, KeyHandle, KeyHandle, DWORD, List, PBYTE, DWORD, List, DWORD> verify_claim;
};
static_assert(offsetof(KeyStorageTable, open_provider) == 0x08);
static_assert(offsetof(KeyStorageTable, get_provider_property) == 0x20);
static_assert(offsetof(KeyStorageTable, finalize_key) == 0x40);
static_assert(offsetof(KeyStorageTable, free_buffer) == 0x60);
static_assert(offsetof(KeyStorageTable, is_algorithm_supported) == 0x78);
static_assert(offsetof(KeyStorageTable, import_key) == 0x90);
static_assert(offsetof(KeyStorageTable, sign_hash) == 0xa0);
static_assert(offsetof(KeyStorageTable, notify_change) == 0xb8);
static_assert(offsetof(KeyStorageTable, derive_key) == 0xc8);
static_assert(offsetof(KeyStorageTable, key_derivation) == 0xd8);

using GetKeyStorageInterface = Status(WINAPI*)(Name, KeyStorageTable**, DWORD);

}  // namespace ncrypt_double

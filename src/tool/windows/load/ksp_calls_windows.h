// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The calls of CNG that a load makes, with the parameters of a KSP's function table: through
// ncrypt, which wants no provider beside a key, or into a DLL directly. ncrypt.dll is found at run
// time, so that the tool's other commands work without it.
#pragma once

#include <windows.h>
//
#include <bcrypt.h>
#include <ncrypt.h>

#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace cardmux::tool::windows {

/// The functions of a KSP's table that a load calls, with its parameters.
struct KspFunctions {
    using Provider = NCRYPT_PROV_HANDLE;
    using Key = NCRYPT_KEY_HANDLE;
    template <typename... Parameters>
    using Function = std::function<SECURITY_STATUS(Parameters...)>;

    Function<Provider*, LPCWSTR, DWORD> open_provider;
    Function<Provider> free_provider;
    Function<void*> free_buffer;
    Function<Provider, LPCWSTR, NCryptKeyName**, void**, DWORD> enum_keys;
    Function<Provider, Key*, LPCWSTR, DWORD, DWORD> open_key;
    Function<Provider, Key> free_key;
    Function<Provider, LPCWSTR, BYTE*, DWORD, DWORD*, DWORD> get_provider_property;
    Function<Provider, Key, LPCWSTR, BYTE*, DWORD, DWORD*, DWORD> get_key_property;
    Function<Provider, Key, LPCWSTR, BYTE*, DWORD, DWORD> set_key_property;
    Function<Provider, Key, Key, LPCWSTR, NCryptBufferDesc*, BYTE*, DWORD, DWORD*, DWORD>
        export_key;
    Function<Provider, Key, void*, BYTE*, DWORD, BYTE*, DWORD, DWORD*, DWORD> sign_hash;
};

/// ERROR_SUCCESS or a code, as the functions of the same names.
class KspCalls {
  public:
    KspCalls(KspFunctions functions, std::wstring provider, DWORD flags)
        : functions_(std::move(functions)), name_(std::move(provider)), flags_(flags) {}

    SECURITY_STATUS open_provider(NCRYPT_PROV_HANDLE* provider) {
        return functions_.open_provider(provider, name_.c_str(), 0);
    }
    SECURITY_STATUS free_provider(NCRYPT_PROV_HANDLE provider) {
        return functions_.free_provider(provider);
    }
    /// The first key that the provider lists.
    SECURITY_STATUS first_key(NCRYPT_PROV_HANDLE provider, DWORD flags, std::wstring& name);
    SECURITY_STATUS open_key(NCRYPT_PROV_HANDLE provider, const wchar_t* name, DWORD flags,
                             NCRYPT_KEY_HANDLE* key) {
        return functions_.open_key(provider, key, name, 0, flags);
    }
    SECURITY_STATUS free_key(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key) {
        return functions_.free_key(provider, key);
    }
    SECURITY_STATUS get_provider_property(NCRYPT_PROV_HANDLE provider, const wchar_t* name,
                                          Bytes& value);
    SECURITY_STATUS get_key_property(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key,
                                     const wchar_t* name, Bytes& value);
    SECURITY_STATUS set_key_property(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key,
                                     const wchar_t* name, ByteView value);
    SECURITY_STATUS export_key(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key,
                               const wchar_t* type, Bytes& blob);
    /// Asks for the size first, as most programs do.
    SECURITY_STATUS sign_hash(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key, void* padding,
                              ByteView hash, Bytes& signature);

  private:
    const KspFunctions functions_;
    const std::wstring name_;
    const DWORD flags_;
};

/// errors    SystemFailed: no ncrypt.dll, or it has no such functions; platform_code: Win32's
Result<std::unique_ptr<KspCalls>> ksp_calls_of_system(const std::string& provider, DWORD flags);

/// The DLL stays loaded.
///
/// errors    SystemFailed: it does not load, or gives no table; platform_code: Win32's or its own
Result<std::unique_ptr<KspCalls>> ksp_calls_of_dll(const std::string& dll,
                                                   const std::string& provider, DWORD flags);

}  // namespace cardmux::tool::windows

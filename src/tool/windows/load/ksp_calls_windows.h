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

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace cardmux::tool::windows {

/// ERROR_SUCCESS or a code, as the functions of the same names.
class KspCalls {
  public:
    virtual ~KspCalls() = default;
    virtual SECURITY_STATUS open_provider(NCRYPT_PROV_HANDLE* provider) = 0;
    virtual SECURITY_STATUS free_provider(NCRYPT_PROV_HANDLE provider) = 0;
    /// The first key that the provider lists.
    virtual SECURITY_STATUS first_key(NCRYPT_PROV_HANDLE provider, DWORD flags,
                                      std::wstring& name) = 0;
    virtual SECURITY_STATUS open_key(NCRYPT_PROV_HANDLE provider, const wchar_t* name, DWORD flags,
                                     NCRYPT_KEY_HANDLE* key) = 0;
    virtual SECURITY_STATUS free_key(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key) = 0;
    virtual SECURITY_STATUS get_provider_property(NCRYPT_PROV_HANDLE provider, const wchar_t* name,
                                                  Bytes& value) = 0;
    virtual SECURITY_STATUS get_key_property(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key,
                                             const wchar_t* name, Bytes& value) = 0;
    virtual SECURITY_STATUS set_key_property(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key,
                                             const wchar_t* name, ByteView value) = 0;
    virtual SECURITY_STATUS export_key(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key,
                                       const wchar_t* type, Bytes& blob) = 0;
    /// Asks for the size first, as most programs do.
    virtual SECURITY_STATUS sign_hash(NCRYPT_PROV_HANDLE provider, NCRYPT_KEY_HANDLE key,
                                      void* padding, ByteView hash, Bytes& signature) = 0;
};

/// errors    SystemFailed: no ncrypt.dll, or it has no such functions; platform_code: Win32's
Result<std::unique_ptr<KspCalls>> ksp_calls_of_system(const std::string& provider, DWORD flags);

/// The DLL stays loaded.
///
/// errors    SystemFailed: it does not load, or gives no table; platform_code: Win32's or its own
Result<std::unique_ptr<KspCalls>> ksp_calls_of_dll(const std::string& dll,
                                                   const std::string& provider, DWORD flags);

}  // namespace cardmux::tool::windows

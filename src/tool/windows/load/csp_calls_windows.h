// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The calls of CryptoAPI that a load makes, with the parameters of the CP* entry points: through
// advapi32, which wants no context beside a key or a hash, or into a DLL directly.
#pragma once

#include <windows.h>
//
#include <wincrypt.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace cardmux::tool::windows {

/// TRUE, or FALSE with the last error set, as the functions of the same names.
class CspCalls {
  public:
    virtual ~CspCalls() = default;
    virtual BOOL acquire(HCRYPTPROV* context, const std::string& container, DWORD flags) = 0;
    virtual BOOL add_reference(HCRYPTPROV context) = 0;
    virtual BOOL release(HCRYPTPROV context) = 0;
    virtual BOOL set_parameter(HCRYPTPROV context, DWORD parameter, const BYTE* data) = 0;
    virtual BOOL get_parameter(HCRYPTPROV context, DWORD parameter, BYTE* data, DWORD* size) = 0;
    virtual BOOL get_user_key(HCRYPTPROV context, DWORD spec, HCRYPTKEY* key) = 0;
    virtual BOOL get_key_parameter(HCRYPTPROV context, HCRYPTKEY key, DWORD parameter, BYTE* data,
                                   DWORD* size) = 0;
    virtual BOOL export_key(HCRYPTPROV context, HCRYPTKEY key, BYTE* data, DWORD* size) = 0;
    virtual BOOL destroy_key(HCRYPTPROV context, HCRYPTKEY key) = 0;
    virtual BOOL create_hash(HCRYPTPROV context, ALG_ID algorithm, HCRYPTHASH* hash) = 0;
    virtual BOOL set_hash_value(HCRYPTPROV context, HCRYPTHASH hash, const BYTE* value) = 0;
    virtual BOOL sign_hash(HCRYPTPROV context, HCRYPTHASH hash, DWORD spec, BYTE* data,
                           DWORD* size) = 0;
    virtual BOOL destroy_hash(HCRYPTPROV context, HCRYPTHASH hash) = 0;
};

std::unique_ptr<CspCalls> csp_calls_of_system(const std::string& provider, DWORD type);

/// The DLL stays loaded.
///
/// errors    SystemFailed: it does not load, or an entry point is missing; platform_code: Win32's
Result<std::unique_ptr<CspCalls>> csp_calls_of_dll(const std::string& dll,
                                                   const std::string& provider, DWORD type);

}  // namespace cardmux::tool::windows

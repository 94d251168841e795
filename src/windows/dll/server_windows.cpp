// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What regsvr32 calls: `cardmux register` and `unregister` without a command line.
#include <windows.h>
// after windows.h
#include <array>

#include "base/wide_text_windows.h"
#include "registration/provider_registration.h"

using namespace cardmux;

namespace {

/// This DLL's full path.
std::string own_path() {
    HMODULE module = nullptr;
    GetModuleHandleExW(
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
        reinterpret_cast<LPCWSTR>(&own_path), &module);
    std::array<wchar_t, 32768> path{};  // the longest that Windows knows
    const DWORD size = GetModuleFileNameW(module, path.data(), static_cast<DWORD>(path.size()));
    return from_wide(std::wstring(path.data(), size));
}

/// A platform code is Win32's, or CNG's NTSTATUS, of which failures have the highest bit.
HRESULT result_of(const Error& error) {
    if (error.code == ErrorCode::AccessDenied) return E_ACCESSDENIED;
    const auto code = static_cast<DWORD>(error.platform_code);
    if (code == 0) return E_FAIL;
    return (code & 0x80000000U) != 0 ? HRESULT_FROM_NT(code) : HRESULT_FROM_WIN32(code);
}

template <typename Body>
HRESULT guarded(Body body) noexcept {
    try {
        return body();
    } catch (...) {
        return E_OUTOFMEMORY;
    }
}

}  // namespace

extern "C" HRESULT WINAPI DllRegisterServer() {
    return guarded([] {
        std::vector<registration::NotPutBack> left;  // nobody to tell of it but by the code
        const auto done = registration::register_providers({own_path(), false, {}}, left);
        return done ? S_OK : result_of(done.error());
    });
}

extern "C" HRESULT WINAPI DllUnregisterServer() {
    return guarded([] {
        std::vector<registration::NotPutBack> left;
        const auto done = registration::unregister_providers(left);
        return done ? S_OK : result_of(done.error());
    });
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/properties.h"
#include "api/ksp/windows/call_windows.h"
#include "api/ksp/windows/entries_windows.h"

namespace cardmux::ksp::entries {
namespace {

using Provider = NCRYPT_PROV_HANDLE;
using Key = NCRYPT_KEY_HANDLE;

SECURITY_STATUS WINAPI GetProviderProperty(Provider provider, LPCWSTR name, PBYTE value, DWORD size,
                                           DWORD* needed, DWORD flags) noexcept {
    return call("NCryptGetProperty", [&](Ksp& ksp) -> Outcome<void> {
        CARDMUX_TRY(need(name));
        CARDMUX_TRY(need(needed));
        OutBuffer out(value, size, needed);
        return get_provider_property(ksp, provider, text_of(name), out.output, flags);
    });
}

SECURITY_STATUS WINAPI GetKeyProperty(Provider provider, Key key, LPCWSTR name, PBYTE value,
                                      DWORD size, DWORD* needed, DWORD flags) noexcept {
    return key_call("NCryptGetProperty", provider, key,
                    [&](Ksp& ksp, KspKey& found) -> Outcome<void> {
                        CARDMUX_TRY(need(name));
                        CARDMUX_TRY(need(needed));
                        OutBuffer out(value, size, needed);
                        return get_key_property(ksp, found, text_of(name), out.output, flags);
                    });
}

SECURITY_STATUS WINAPI SetProviderProperty(Provider provider, LPCWSTR name, PBYTE value, DWORD size,
                                           DWORD flags) noexcept {
    return call("NCryptSetProperty", [&](Ksp& ksp) -> Outcome<void> {
        CARDMUX_TRY(need(name));
        CARDMUX_TRY_ASSIGN(const ByteView bytes, input(value, size));
        return set_provider_property(ksp, provider, text_of(name), bytes, flags);
    });
}

SECURITY_STATUS WINAPI SetKeyProperty(Provider provider, Key key, LPCWSTR name, PBYTE value,
                                      DWORD size, DWORD flags) noexcept {
    return key_call("NCryptSetProperty", provider, key,
                    [&](Ksp& ksp, KspKey& found) -> Outcome<void> {
                        CARDMUX_TRY(need(name));
                        CARDMUX_TRY_ASSIGN(const ByteView bytes, input(value, size));
                        return set_key_property(ksp, found, text_of(name), bytes, flags);
                    });
}

}  // namespace

void add_properties(Table& table) {
    table.GetProviderProperty = GetProviderProperty;
    table.GetKeyProperty = GetKeyProperty;
    table.SetProviderProperty = SetProviderProperty;
    table.SetKeyProperty = SetKeyProperty;
}

}  // namespace cardmux::ksp::entries

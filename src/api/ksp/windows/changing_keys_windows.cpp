// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Also what a card's provider does not have: NTE_NOT_SUPPORTED, after the check of its handles.
#include "api/ksp/changing_keys.h"
#include "api/ksp/windows/call_windows.h"
#include "api/ksp/windows/entries_windows.h"
#include "base/wide_text_windows.h"

namespace cardmux::ksp::entries {
namespace {

using Provider = NCRYPT_PROV_HANDLE;
using Key = NCRYPT_KEY_HANDLE;
using Buffers = NCryptBufferDesc*;

constexpr ULONG buffer_key_name = 45;    // NCRYPTBUFFER_PKCS_KEY_NAME
constexpr ULONG buffer_curve_name = 60;  // NCRYPTBUFFER_ECC_CURVE_NAME

/// A text among the parameters of an import; empty: none.
std::string text_in(const NCryptBufferDesc* list, ULONG type) {
    if (list == nullptr || list->pBuffers == nullptr) return "";
    for (ULONG i = 0; i < list->cBuffers; ++i) {
        const NCryptBuffer& buffer = list->pBuffers[i];
        if (buffer.BufferType != type || buffer.pvBuffer == nullptr) continue;
        const auto* text = static_cast<const wchar_t*>(buffer.pvBuffer);
        const std::wstring name(text, buffer.cbBuffer / sizeof(wchar_t));
        return from_wide(name.c_str());  // without the zero at its end
    }
    return "";
}

SECURITY_STATUS WINAPI CreatePersistedKey(Provider provider, Key* key, LPCWSTR algorithm,
                                          LPCWSTR name, DWORD legacy_spec, DWORD flags) noexcept {
    return call("NCryptCreatePersistedKey", [&](Ksp& ksp) -> Outcome<void> {
        CARDMUX_TRY(need(key));
        CARDMUX_TRY(need(algorithm));
        CARDMUX_TRY_ASSIGN(
            *key,
            create_key(ksp, provider, {text_of(algorithm), text_of(name), legacy_spec, flags}));
        return done();
    });
}

SECURITY_STATUS WINAPI FinalizeKey(Provider provider, Key key, DWORD flags) noexcept {
    return call("NCryptFinalizeKey",
                [&](Ksp& ksp) { return finalize_key(ksp, provider, key, flags); });
}

SECURITY_STATUS WINAPI DeleteKey(Provider provider, Key key, DWORD flags) noexcept {
    return call("NCryptDeleteKey", [&](Ksp& ksp) { return delete_key(ksp, provider, key, flags); });
}

SECURITY_STATUS WINAPI ImportKey(Provider provider, Key import_by, LPCWSTR type, Buffers parameters,
                                 Key* key, PBYTE blob, DWORD size, DWORD flags) noexcept {
    return call("NCryptImportKey", [&](Ksp& ksp) -> Outcome<void> {
        CARDMUX_TRY(need(key));
        CARDMUX_TRY(need(type));
        CARDMUX_TRY_ASSIGN(const ByteView bytes, input(blob, size));
        const Import import{import_by, text_of(type),
                            bytes,     text_in(parameters, buffer_key_name),
                            flags,     text_in(parameters, buffer_curve_name)};
        CARDMUX_TRY_ASSIGN(*key, import_key(ksp, provider, import));
        return done();
    });
}

SECURITY_STATUS WINAPI ExportKey(Provider provider, Key key, Key export_by, LPCWSTR type,
                                 Buffers /*parameters*/, PBYTE blob, DWORD size, DWORD* needed,
                                 DWORD flags) noexcept {
    return key_call("NCryptExportKey", provider, key, [&](Ksp&, KspKey& found) -> Outcome<void> {
        CARDMUX_TRY(need(type));
        CARDMUX_TRY(need(needed));
        OutBuffer out(blob, size, needed);
        return export_key(found, export_by, text_of(type), out.output, flags);
    });
}

// ---- not ours -----------------------------------------------------------------------------------

SECURITY_STATUS refuse_provider_call(const char* function, Provider provider) noexcept {
    return call(function, [&](Ksp& ksp) -> Outcome<void> {
        CARDMUX_TRY(ksp.find_provider(provider));
        return refuse(status::nte_not_supported);
    });
}

SECURITY_STATUS WINAPI PromptUser(Provider provider, Key, LPCWSTR, DWORD) noexcept {
    return refuse_provider_call("NCryptPromptUser", provider);
}

/// For keys that are made for derivations (NCRYPT_KDF_SECRET_VALUE), which no card has, and for
/// which EnumAlgorithms names no algorithm. From ECDH keys: SecretAgreement and DeriveKey.
SECURITY_STATUS WINAPI KeyDerivation(Provider provider, Key key, Buffers, PUCHAR, DWORD,
                                     DWORD* needed, ULONG) noexcept {
    return key_call("NCryptKeyDerivation", provider, key, [&](Ksp&, KspKey&) -> Outcome<void> {
        CARDMUX_TRY(need(needed));
        return refuse(status::nte_not_supported);
    });
}

SECURITY_STATUS WINAPI CreateClaim(Provider provider, Key, Key, DWORD, Buffers, PBYTE, DWORD,
                                   DWORD*, DWORD) noexcept {
    return refuse_provider_call("NCryptCreateClaim", provider);
}

SECURITY_STATUS WINAPI VerifyClaim(Provider provider, Key, Key, DWORD, Buffers, PBYTE, DWORD,
                                   Buffers, DWORD) noexcept {
    return refuse_provider_call("NCryptVerifyClaim", provider);
}

}  // namespace

void add_changing(Table& table) {
    table.CreatePersistedKey = CreatePersistedKey;
    table.FinalizeKey = FinalizeKey;
    table.DeleteKey = DeleteKey;
    table.ImportKey = ImportKey;
    table.ExportKey = ExportKey;
    table.PromptUser = PromptUser;
    table.KeyDerivation = KeyDerivation;
    table.CreateClaim = CreateClaim;
    table.VerifyClaim = VerifyClaim;
}

}  // namespace cardmux::ksp::entries

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/using_keys.h"
#include "api/ksp/windows/call_windows.h"
#include "api/ksp/windows/entries_windows.h"

namespace cardmux::ksp::entries {
namespace {

using Provider = NCRYPT_PROV_HANDLE;
using Key = NCRYPT_KEY_HANDLE;
using Secret = NCRYPT_SECRET_HANDLE;

SECURITY_STATUS WINAPI SignHash(Provider provider, Key key, VOID* padding, PBYTE hash,
                                DWORD hash_size, PBYTE signature, DWORD size, DWORD* needed,
                                DWORD flags) noexcept {
    return key_call("NCryptSignHash", provider, key, [&](Ksp& ksp, KspKey& found) -> Outcome<void> {
        CARDMUX_TRY(need(needed));
        CARDMUX_TRY_ASSIGN(const ByteView bytes, input(hash, hash_size));
        OutBuffer out(signature, size, needed);
        return sign_hash(ksp, found, padding_of(padding, flags), bytes, out.output);
    });
}

SECURITY_STATUS WINAPI VerifySignature(Provider provider, Key key, VOID* padding, PBYTE hash,
                                       DWORD hash_size, PBYTE signature, DWORD signature_size,
                                       DWORD flags) noexcept {
    return key_call(
        "NCryptVerifySignature", provider, key, [&](Ksp&, KspKey& found) -> Outcome<void> {
            CARDMUX_TRY_ASSIGN(const ByteView bytes, input(hash, hash_size));
            CARDMUX_TRY_ASSIGN(const ByteView signed_bytes, input(signature, signature_size));
            return verify_signature(found, padding_of(padding, flags), bytes, signed_bytes);
        });
}

SECURITY_STATUS WINAPI Encrypt(Provider provider, Key key, PBYTE message, DWORD message_size,
                               VOID* padding, PBYTE encrypted, DWORD size, DWORD* needed,
                               DWORD flags) noexcept {
    return key_call("NCryptEncrypt", provider, key, [&](Ksp& ksp, KspKey& found) -> Outcome<void> {
        CARDMUX_TRY(need(needed));
        CARDMUX_TRY_ASSIGN(const ByteView bytes, input(message, message_size));
        OutBuffer out(encrypted, size, needed);
        return encrypt(ksp, found, padding_of(padding, flags), bytes, out.output);
    });
}

SECURITY_STATUS WINAPI Decrypt(Provider provider, Key key, PBYTE encrypted, DWORD encrypted_size,
                               VOID* padding, PBYTE message, DWORD size, DWORD* needed,
                               DWORD flags) noexcept {
    return key_call("NCryptDecrypt", provider, key, [&](Ksp& ksp, KspKey& found) -> Outcome<void> {
        CARDMUX_TRY(need(needed));
        CARDMUX_TRY_ASSIGN(const ByteView bytes, input(encrypted, encrypted_size));
        OutBuffer out(message, size, needed);
        return decrypt(ksp, found, padding_of(padding, flags), bytes, out.output);
    });
}

SECURITY_STATUS WINAPI SecretAgreement(Provider provider, Key key, Key peer, Secret* secret,
                                       DWORD flags) noexcept {
    return key_call("NCryptSecretAgreement", provider, key,
                    [&](Ksp& ksp, KspKey& found) -> Outcome<void> {
                        CARDMUX_TRY(need(secret));
                        CARDMUX_TRY_ASSIGN(const auto other, ksp.find_key(provider, peer));
                        CARDMUX_TRY_ASSIGN(*secret, agree(ksp, found, *other, flags));
                        return done();
                    });
}

SECURITY_STATUS WINAPI DeriveKey(Provider provider, Secret secret, LPCWSTR function,
                                 NCryptBufferDesc* parameters, PBYTE key, DWORD size, DWORD* needed,
                                 ULONG flags) noexcept {
    return call("NCryptDeriveKey", [&](Ksp& ksp) -> Outcome<void> {
        CARDMUX_TRY_ASSIGN(const auto found, ksp.find_secret(provider, secret));
        CARDMUX_TRY(need(function));
        CARDMUX_TRY(need(needed));
        CARDMUX_TRY_ASSIGN(const auto given, parameters_of(parameters));
        OutBuffer out(key, size, needed);
        return derive(*found, text_of(function), given, out.output, flags);
    });
}

}  // namespace

void add_using(Table& table) {
    table.SignHash = SignHash;
    table.VerifySignature = VerifySignature;
    table.Encrypt = Encrypt;
    table.Decrypt = Decrypt;
    table.SecretAgreement = SecretAgreement;
    table.DeriveKey = DeriveKey;
}

}  // namespace cardmux::ksp::entries

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What programs that use the KSP through ncrypt.dll have in common. One that checks its calls ends
// with 1 at the first that did not answer as expected, and says which; findings go to standard
// output, a line a finding, "what: which".
#pragma once

// clang-format off
#include <windows.h>
#include <bcrypt.h>
#include <ncrypt.h>
// clang-format on

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace ncrypt_client {

using Bytes = std::vector<BYTE>;

inline void check(SECURITY_STATUS status, const char* call, SECURITY_STATUS expected = 0) {
    if (status == expected) return;
    std::printf("failed: %s: %08lX, expected %08lX\n", call, static_cast<unsigned long>(status),
                static_cast<unsigned long>(expected));
    std::fflush(stdout);
    std::_Exit(1);
}

inline void require(bool holds, const char* what) {
    if (!holds) check(1, what);
}

inline Bytes property(NCRYPT_HANDLE handle, const wchar_t* name) {
    DWORD size = 0;
    check(NCryptGetProperty(handle, name, nullptr, 0, &size, 0), "GetProperty, size");
    Bytes value(size);
    check(NCryptGetProperty(handle, name, value.data(), size, &size, 0), "GetProperty");
    return value;
}

inline std::wstring text_property(NCRYPT_HANDLE handle, const wchar_t* name) {
    const Bytes value = property(handle, name);
    return reinterpret_cast<const wchar_t*>(value.data());
}

inline SECURITY_STATUS set(NCRYPT_HANDLE handle, const wchar_t* name, const void* value,
                           std::size_t size) {
    return NCryptSetProperty(handle, name,
                             static_cast<BYTE*>(const_cast<void*>(value)),  // it only reads
                             static_cast<DWORD>(size), NCRYPT_SILENT_FLAG);
}

inline SECURITY_STATUS set_text(NCRYPT_HANDLE handle, const wchar_t* name,
                                const std::wstring& text) {
    return set(handle, name, text.c_str(), sizeof(wchar_t) * (text.size() + 1));
}

inline SECURITY_STATUS give_pin(NCRYPT_HANDLE handle, const std::wstring& pin) {
    return set_text(handle, NCRYPT_PIN_PROPERTY, pin);
}

/// 0: it did not open.
inline NCRYPT_KEY_HANDLE open(NCRYPT_PROV_HANDLE provider, const std::wstring& name,
                              SECURITY_STATUS expected = 0) {
    NCRYPT_KEY_HANDLE key = 0;
    check(NCryptOpenKey(provider, &key, name.c_str(), 0, NCRYPT_SILENT_FLAG), "OpenKey", expected);
    return key;
}

inline SECURITY_STATUS sign(NCRYPT_KEY_HANDLE key, void* padding, Bytes hash, Bytes& signature,
                            DWORD flags) {
    const auto hash_size = static_cast<DWORD>(hash.size());
    DWORD size = 0;
    const SECURITY_STATUS asked =
        NCryptSignHash(key, padding, hash.data(), hash_size, nullptr, 0, &size, flags);
    if (asked != 0) return asked;
    signature.resize(size);
    return NCryptSignHash(key, padding, hash.data(), hash_size, signature.data(), size, &size,
                          flags);
}

/// "ok", or the code.
inline void say(const char* what, SECURITY_STATUS status) {
    if (status == 0) {
        std::printf("%s: ok\n", what);
    } else {
        std::printf("%s: %08lX\n", what, static_cast<unsigned long>(status));
    }
}

/// By an RSA key; its size, and the code.
inline void say_signature(NCRYPT_KEY_HANDLE key, DWORD flags) {
    BCRYPT_PKCS1_PADDING_INFO padding = {BCRYPT_SHA256_ALGORITHM};
    Bytes signature;
    const SECURITY_STATUS status =
        sign(key, &padding, Bytes(32, 0x42), signature, BCRYPT_PAD_PKCS1 | flags);
    std::printf("signature: %zu, error %08lX\n", status == 0 ? signature.size() : 0,
                static_cast<unsigned long>(status));
}

}  // namespace ncrypt_client

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What programs that use the CSP through advapi32 have in common. Findings go to standard output, a
// line a finding, "what: which".
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

// clang-format off
#include <windows.h>
#include <wincrypt.h>
// clang-format on

namespace csp_client {

using Bytes = std::vector<BYTE>;

inline Bytes from_hex(const std::string& text) {
    Bytes bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2)
        bytes.push_back(static_cast<BYTE>(std::stoi(text.substr(at, 2), nullptr, 16)));
    return bytes;
}

inline std::string to_hex(const Bytes& bytes) {
    std::string text;
    char digits[3];
    for (const BYTE byte : bytes) {
        std::snprintf(digits, sizeof digits, "%02x", byte);
        text += digits;
    }
    return text;
}

inline const char* provider_name;
inline DWORD provider_type;

/// "ok", or the last error.
inline void say(const std::string& what, BOOL succeeded) {
    const DWORD error = GetLastError();
    if (succeeded) {
        std::printf("%s: ok\n", what.c_str());
    } else {
        std::printf("%s: %08lX\n", what.c_str(), error);
    }
}

/// A handle given back at the end, 0 if the acquisition failed.
struct Context {
    HCRYPTPROV handle = 0;
    ~Context() {
        if (handle != 0) CryptReleaseContext(handle, 0);
    }
    BOOL acquire(const char* container, DWORD flags) {
        return CryptAcquireContextA(&handle, container, provider_name, provider_type, flags);
    }
};

inline std::string text_of(HCRYPTPROV context, DWORD parameter, DWORD flags = 0) {
    char text[300] = "";
    DWORD size = sizeof text;
    return CryptGetProvParam(context, parameter, reinterpret_cast<BYTE*>(text), &size, flags) ? text
                                                                                              : "?";
}

inline Bytes key_value(HCRYPTKEY key, DWORD parameter) {
    DWORD size = 0;
    if (!CryptGetKeyParam(key, parameter, nullptr, &size, 0)) return {};
    Bytes value(size);
    if (!CryptGetKeyParam(key, parameter, value.data(), &size, 0)) return {};
    value.resize(size);
    return value;
}

inline DWORD key_number(HCRYPTKEY key, DWORD parameter) {
    const Bytes value = key_value(key, parameter);
    DWORD number = 0;
    if (value.size() == sizeof number) std::memcpy(&number, value.data(), sizeof number);
    return number;
}

inline Bytes exported(HCRYPTKEY key) {
    DWORD size = 0;
    if (!CryptExportKey(key, 0, PUBLICKEYBLOB, 0, nullptr, &size)) return {};
    Bytes blob(size);
    if (!CryptExportKey(key, 0, PUBLICKEYBLOB, 0, blob.data(), &size)) return {};
    return blob;
}

inline DWORD spec_of(HCRYPTPROV context) {
    DWORD spec = 0;
    DWORD size = sizeof spec;
    CryptGetProvParam(context, PP_KEYSPEC, reinterpret_cast<BYTE*>(&spec), &size, 0);
    return spec;
}

/// The container whose name begins so.
inline std::string container_with(const std::string& beginning) {
    Context context;
    context.acquire(nullptr, CRYPT_SILENT);
    for (DWORD flag = CRYPT_FIRST;; flag = CRYPT_NEXT) {
        const std::string name = text_of(context.handle, PP_ENUMCONTAINERS, flag);
        if (name == "?" || name.rfind(beginning, 0) == 0) return name;
    }
}

inline BOOL give_pin(const Context& context, const char* pin) {
    return CryptSetProvParam(context.handle, PP_KEYEXCHANGE_PIN, reinterpret_cast<const BYTE*>(pin),
                             0);
}

inline HCRYPTHASH hash_of(HCRYPTPROV context, ALG_ID algorithm) {
    HCRYPTHASH hash = 0;
    const BYTE message[] = "what is signed";
    if (!CryptCreateHash(context, algorithm, 0, 0, &hash)) return 0;
    CryptHashData(hash, message, sizeof message, 0);
    return hash;
}

inline Bytes signature_of(HCRYPTHASH hash, DWORD spec, DWORD flags) {
    DWORD size = 0;
    if (!CryptSignHashW(hash, spec, nullptr, flags, nullptr, &size)) return {};
    Bytes signature(size);
    if (!CryptSignHashW(hash, spec, nullptr, flags, signature.data(), &size)) return {};
    signature.resize(size);
    return signature;
}

/// By the system's own provider, with nothing of ours but the exported key.
inline BOOL is_right(const Bytes& blob, ALG_ID algorithm, const Bytes& signature, DWORD flags) {
    HCRYPTPROV software = 0;
    HCRYPTKEY key = 0;
    CryptAcquireContextA(&software, nullptr, nullptr, PROV_RSA_AES, CRYPT_VERIFYCONTEXT);
    CryptImportKey(software, blob.data(), static_cast<DWORD>(blob.size()), 0, 0, &key);
    const HCRYPTHASH hash = hash_of(software, algorithm);
    const BOOL right = CryptVerifySignatureW(
        hash, signature.data(), static_cast<DWORD>(signature.size()), key, nullptr, flags);
    CryptDestroyHash(hash);
    CryptDestroyKey(key);
    CryptReleaseContext(software, 0);
    return right;
}

}  // namespace csp_client

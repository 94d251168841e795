// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The naive provider for CryptoAPI: key 9A of the first card, signatures, the certificate. Hashes
// and public keys are the system's software provider's. What the load tests do not use is answered
// NTE_NOT_SUPPORTED.
#include <algorithm>
#include <map>
#include <mutex>

#include "windows/naive/naive_card.h"

namespace naive {
namespace {

/// VTableProvStruc, version 3, which mingw's wincrypt.h hides.
struct ProviderCallbacks {
    DWORD version;
    FARPROC verify_image;
    FARPROC return_window;
    DWORD provider_type;
    BYTE* context_info;
    DWORD context_info_size;
    LPSTR provider_name;
};

struct Context {
    std::shared_ptr<CardHandle> card;
    HCRYPTPROV software = 0;
    std::string name;
    ~Context() {
        if (software != 0) CryptReleaseContext(software, 0);
    }
};

/// A key or a hash: the software provider's, or (0) the card's key.
struct Inner {
    std::shared_ptr<Context> context;
    ULONG_PTR handle = 0;
};

/// Handles are checked: the naive provider's fault is what it does with the card's, not with these.
struct Tables {
    std::mutex mutex;
    std::map<ULONG_PTR, std::shared_ptr<Context>> contexts;
    std::map<ULONG_PTR, std::shared_ptr<Inner>> keys;
    std::map<ULONG_PTR, std::shared_ptr<Inner>> hashes;
    ULONG_PTR next = 1;
};

Tables& tables() {
    static auto& all = *new Tables;
    return all;
}

template <class Map, class Object>
ULONG_PTR add(Map& map, std::shared_ptr<Object> object) {
    const std::lock_guard lock(tables().mutex);
    map[tables().next] = std::move(object);
    return tables().next++;
}

template <class Map>
auto find(Map& map, ULONG_PTR handle) {
    const std::lock_guard lock(tables().mutex);
    const auto found = map.find(handle);
    return found == map.end() ? nullptr : found->second;
}

template <class Map>
auto take(Map& map, ULONG_PTR handle) {
    const std::lock_guard lock(tables().mutex);
    const auto found = map.find(handle);
    if (found == map.end()) return typename Map::mapped_type();
    auto object = std::move(found->second);
    map.erase(found);
    return object;
}

/// The last thing that a function does: a destructor may set the last error, too.
BOOL fail(Error error) {
    SetLastError(static_cast<DWORD>(error));
    return FALSE;
}

BOOL give(const void* data, std::size_t size, BYTE* out, DWORD* length) {
    if (length == nullptr) return fail(ERROR_INVALID_PARAMETER);
    const DWORD room = *length;
    *length = static_cast<DWORD>(size);
    if (out == nullptr) return TRUE;
    if (room < size) return fail(ERROR_MORE_DATA);
    std::copy_n(static_cast<const BYTE*>(data), size, out);
    return TRUE;
}

BOOL give_number(DWORD number, BYTE* out, DWORD* length) {
    return give(&number, sizeof number, out, length);
}

BOOL give_text(const std::string& text, BYTE* out, DWORD* length) {
    return give(text.c_str(), text.size() + 1, out, length);
}

DWORD read_timeout(const char* provider) {
    const std::string key =
        std::string("SOFTWARE\\Microsoft\\Cryptography\\Defaults\\Provider\\") + provider;
    DWORD timeout = 1500;
    DWORD size = sizeof timeout;
    const LSTATUS found =
        RegGetValueA(HKEY_LOCAL_MACHINE, key.c_str(), "TransactionTimeoutMilliseconds",
                     RRF_RT_REG_DWORD, nullptr, &timeout, &size);
    return found == ERROR_SUCCESS ? timeout : 1500;
}

Error read_key(const Context& context, Bytes& certificate, Bytes& blob) {
    const Error error = read_certificate(*context.card, certificate);
    if (error != SCARD_S_SUCCESS) return error;
    blob = public_key_blob(certificate);
    return blob.empty() ? static_cast<Error>(NTE_NO_KEY) : SCARD_S_SUCCESS;
}

DWORD bits_of(const Bytes& blob) {
    return reinterpret_cast<const RSAPUBKEY*>(blob.data() + sizeof(BLOBHEADER))->bitlen;
}

Error read_hash(const Inner& hash, ALG_ID& algorithm, Bytes& value) {
    DWORD size = sizeof algorithm;
    if (!CryptGetHashParam(hash.handle, HP_ALGID, reinterpret_cast<BYTE*>(&algorithm), &size, 0)) {
        return static_cast<Error>(GetLastError());
    }
    value.resize(64);
    size = static_cast<DWORD>(value.size());
    if (!CryptGetHashParam(hash.handle, HP_HASHVAL, value.data(), &size, 0)) {
        return static_cast<Error>(GetLastError());
    }
    value.resize(size);
    return SCARD_S_SUCCESS;
}

BOOL card_key_param(const Context& context, DWORD parameter, BYTE* out, DWORD* length) {
    Bytes certificate;
    Bytes blob;
    const Error error = read_key(context, certificate, blob);
    if (error != SCARD_S_SUCCESS) return fail(error);
    switch (parameter) {
        case KP_CERTIFICATE:
            return give(certificate.data(), certificate.size(), out, length);
        case KP_KEYLEN:
        case KP_BLOCKLEN:
            return give_number(bits_of(blob), out, length);
        case KP_ALGID:
            return give_number(CALG_RSA_KEYX, out, length);
        case KP_PERMISSIONS:
            return give_number(CRYPT_READ, out, length);
        default:
            return fail(static_cast<Error>(NTE_BAD_TYPE));
    }
}

BOOL not_supported() {
    return fail(static_cast<Error>(NTE_NOT_SUPPORTED));
}

BOOL bad_context() {
    return fail(static_cast<Error>(NTE_BAD_UID));
}

BOOL from_system(BOOL has_succeeded) {
    return has_succeeded ? TRUE : fail(static_cast<Error>(GetLastError()));
}

}  // namespace
}  // namespace naive

using namespace naive;  // NOLINT(google-build-using-namespace): C functions of one DLL

extern "C" {

BOOL WINAPI CPAcquireContext(HCRYPTPROV* out, LPCSTR, DWORD flags, ProviderCallbacks* callbacks) {
    stay_loaded();
    if ((flags & (CRYPT_NEWKEYSET | CRYPT_DELETEKEYSET)) != 0) {
        return fail(static_cast<Error>(NTE_PERM));
    }
    auto context = std::make_shared<Context>();
    if (callbacks->version >= 3) context->name = callbacks->provider_name;
    set_transaction_timeout(read_timeout(context->name.c_str()));
    Error error = SCARD_S_SUCCESS;
    context->card = CardHandle::open(error);
    if (!context->card) return fail(error);
    if (!CryptAcquireContextA(&context->software, nullptr, MS_ENH_RSA_AES_PROV_A, PROV_RSA_AES,
                              CRYPT_VERIFYCONTEXT)) {
        return fail(static_cast<Error>(GetLastError()));
    }
    *out = add(tables().contexts, std::move(context));
    return TRUE;
}

BOOL WINAPI CPReleaseContext(HCRYPTPROV handle, DWORD) {
    const auto context = take(tables().contexts, handle);
    if (!context) return bad_context();
    context->card->close();
    return TRUE;
}

BOOL WINAPI CPGetUserKey(HCRYPTPROV handle, DWORD spec, HCRYPTKEY* out) {
    const auto context = find(tables().contexts, handle);
    if (!context) return bad_context();
    if (spec != AT_KEYEXCHANGE) return fail(static_cast<Error>(NTE_NO_KEY));
    const Error error = look(*context->card);
    if (error != SCARD_S_SUCCESS) return fail(error);
    auto key = std::make_shared<Inner>();
    key->context = context;
    *out = add(tables().keys, std::move(key));
    return TRUE;
}

BOOL WINAPI CPGetKeyParam(HCRYPTPROV handle, HCRYPTKEY key_handle, DWORD parameter, BYTE* out,
                          DWORD* length, DWORD flags) {
    const auto context = find(tables().contexts, handle);
    if (!context) return bad_context();
    const auto key = find(tables().keys, key_handle);
    if (!key) return fail(static_cast<Error>(NTE_BAD_KEY));
    if (key->handle != 0) {
        return from_system(CryptGetKeyParam(key->handle, parameter, out, length, flags));
    }
    return card_key_param(*context, parameter, out, length);
}

BOOL WINAPI CPExportKey(HCRYPTPROV handle, HCRYPTKEY key_handle, HCRYPTKEY, DWORD type, DWORD,
                        BYTE* out, DWORD* length) {
    const auto context = find(tables().contexts, handle);
    if (!context) return bad_context();
    const auto key = find(tables().keys, key_handle);
    if (!key) return fail(static_cast<Error>(NTE_BAD_KEY));
    if (type != PUBLICKEYBLOB) return fail(static_cast<Error>(NTE_BAD_TYPE));
    if (key->handle != 0) return from_system(CryptExportKey(key->handle, 0, type, 0, out, length));
    Bytes certificate;
    Bytes blob;
    const Error error = read_key(*context, certificate, blob);
    return error != SCARD_S_SUCCESS ? fail(error) : give(blob.data(), blob.size(), out, length);
}

BOOL WINAPI CPImportKey(HCRYPTPROV handle, const BYTE* data, DWORD size, HCRYPTKEY, DWORD flags,
                        HCRYPTKEY* out) {
    const auto context = find(tables().contexts, handle);
    if (!context) return bad_context();
    if (size == 0 || data[0] != PUBLICKEYBLOB) return fail(static_cast<Error>(NTE_BAD_TYPE));
    auto key = std::make_shared<Inner>();
    key->context = context;
    HCRYPTKEY inner = 0;
    if (!CryptImportKey(context->software, data, size, 0, flags, &inner)) return from_system(FALSE);
    key->handle = inner;
    *out = add(tables().keys, std::move(key));
    return TRUE;
}

BOOL WINAPI CPDestroyKey(HCRYPTPROV, HCRYPTKEY handle) {
    const auto key = take(tables().keys, handle);
    if (!key) return fail(static_cast<Error>(NTE_BAD_KEY));
    if (key->handle != 0) CryptDestroyKey(key->handle);
    return TRUE;
}

BOOL WINAPI CPCreateHash(HCRYPTPROV handle, ALG_ID algorithm, HCRYPTKEY, DWORD flags,
                         HCRYPTHASH* out) {
    const auto context = find(tables().contexts, handle);
    if (!context) return bad_context();
    HCRYPTHASH inner = 0;
    if (!CryptCreateHash(context->software, algorithm, 0, flags, &inner)) return from_system(FALSE);
    auto hash = std::make_shared<Inner>();
    hash->context = context;
    hash->handle = inner;
    *out = add(tables().hashes, std::move(hash));
    return TRUE;
}

BOOL WINAPI CPHashData(HCRYPTPROV, HCRYPTHASH handle, const BYTE* data, DWORD size, DWORD flags) {
    const auto hash = find(tables().hashes, handle);
    if (!hash) return fail(static_cast<Error>(NTE_BAD_HASH));
    return from_system(CryptHashData(hash->handle, data, size, flags));
}

BOOL WINAPI CPGetHashParam(HCRYPTPROV, HCRYPTHASH handle, DWORD parameter, BYTE* out, DWORD* length,
                           DWORD flags) {
    const auto hash = find(tables().hashes, handle);
    if (!hash) return fail(static_cast<Error>(NTE_BAD_HASH));
    return from_system(CryptGetHashParam(hash->handle, parameter, out, length, flags));
}

BOOL WINAPI CPSetHashParam(HCRYPTPROV, HCRYPTHASH handle, DWORD parameter, const BYTE* value,
                           DWORD flags) {
    const auto hash = find(tables().hashes, handle);
    if (!hash) return fail(static_cast<Error>(NTE_BAD_HASH));
    return from_system(CryptSetHashParam(hash->handle, parameter, value, flags));
}

BOOL WINAPI CPDestroyHash(HCRYPTPROV, HCRYPTHASH handle) {
    const auto hash = take(tables().hashes, handle);
    if (!hash) return fail(static_cast<Error>(NTE_BAD_HASH));
    CryptDestroyHash(hash->handle);
    return TRUE;
}

BOOL WINAPI CPSignHash(HCRYPTPROV handle, HCRYPTHASH hash_handle, DWORD spec, LPCWSTR, DWORD,
                       BYTE* out, DWORD* length) {
    const auto context = find(tables().contexts, handle);
    if (!context) return bad_context();
    const auto hash = find(tables().hashes, hash_handle);
    if (!hash) return fail(static_cast<Error>(NTE_BAD_HASH));
    if (spec != AT_KEYEXCHANGE) return fail(static_cast<Error>(NTE_NO_KEY));
    Bytes certificate;
    Bytes blob;
    Error error = read_key(*context, certificate, blob);
    if (error != SCARD_S_SUCCESS) return fail(error);
    Bytes signature(bits_of(blob) / 8);
    if (out == nullptr || *length < signature.size()) {
        return give(signature.data(), signature.size(), out, length);
    }
    ALG_ID algorithm = 0;
    Bytes value;
    error = read_hash(*hash, algorithm, value);
    if (error != SCARD_S_SUCCESS) return fail(error);
    const Bytes block = pad_hash(algorithm, value, signature.size());
    if (block.empty()) return fail(static_cast<Error>(NTE_BAD_ALGID));
    error = sign(*context->card, block, signature);
    if (error != SCARD_S_SUCCESS) return fail(error);
    std::reverse(signature.begin(), signature.end());  // CryptoAPI's numbers are little-endian
    return give(signature.data(), signature.size(), out, length);
}

BOOL WINAPI CPVerifySignature(HCRYPTPROV, HCRYPTHASH hash_handle, const BYTE* signature, DWORD size,
                              HCRYPTKEY key_handle, LPCWSTR, DWORD flags) {
    const auto hash = find(tables().hashes, hash_handle);
    if (!hash) return fail(static_cast<Error>(NTE_BAD_HASH));
    const auto key = find(tables().keys, key_handle);
    if (!key || key->handle == 0) return fail(static_cast<Error>(NTE_BAD_KEY));
    return from_system(
        CryptVerifySignatureW(hash->handle, signature, size, key->handle, nullptr, flags));
}

BOOL WINAPI CPGetProvParam(HCRYPTPROV handle, DWORD parameter, BYTE* out, DWORD* length, DWORD) {
    const auto context = find(tables().contexts, handle);
    if (!context) return bad_context();
    switch (parameter) {
        case PP_NAME:
            return give_text(context->name, out, length);
        case PP_CONTAINER:
        case PP_UNIQUE_CONTAINER:
            return give_text("naive", out, length);
        case PP_PROVTYPE:
            return give_number(PROV_RSA_FULL, out, length);
        case PP_IMPTYPE:
            return give_number(CRYPT_IMPL_MIXED | CRYPT_IMPL_REMOVABLE, out, length);
        case PP_KEYSPEC:
            return give_number(AT_KEYEXCHANGE, out, length);
        default:
            return fail(static_cast<Error>(NTE_BAD_TYPE));
    }
}

BOOL WINAPI CPSetProvParam(HCRYPTPROV handle, DWORD parameter, const BYTE* value, DWORD) {
    if (!find(tables().contexts, handle)) return bad_context();
    if (parameter != PP_KEYEXCHANGE_PIN) return fail(static_cast<Error>(NTE_BAD_TYPE));
    set_pin(value == nullptr ? "" : reinterpret_cast<const char*>(value));
    return TRUE;
}

BOOL WINAPI CPGenRandom(HCRYPTPROV handle, DWORD size, BYTE* out) {
    const auto context = find(tables().contexts, handle);
    if (!context) return bad_context();
    return from_system(CryptGenRandom(context->software, size, out));
}

BOOL WINAPI CPDecrypt(HCRYPTPROV, HCRYPTKEY, HCRYPTHASH, BOOL, DWORD, BYTE*, DWORD*) {
    return not_supported();
}
BOOL WINAPI CPEncrypt(HCRYPTPROV, HCRYPTKEY, HCRYPTHASH, BOOL, DWORD, BYTE*, DWORD*, DWORD) {
    return not_supported();
}
BOOL WINAPI CPDeriveKey(HCRYPTPROV, ALG_ID, HCRYPTHASH, DWORD, HCRYPTKEY*) {
    return not_supported();
}
BOOL WINAPI CPGenKey(HCRYPTPROV, ALG_ID, DWORD, HCRYPTKEY*) {
    return not_supported();
}
BOOL WINAPI CPHashSessionKey(HCRYPTPROV, HCRYPTHASH, HCRYPTKEY, DWORD) {
    return not_supported();
}
BOOL WINAPI CPSetKeyParam(HCRYPTPROV, HCRYPTKEY, DWORD, const BYTE*, DWORD) {
    return not_supported();
}

}  // extern "C"

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Flags that the CSP knows and one that nobody knows; and blobs of keys, given out and taken in
// again. Findings as csp_probe's.
//
//   csp_flags_probe PROVIDER TYPE unknown        one flag for every function that takes flags
//   csp_flags_probe PROVIDER TYPE known
//   csp_flags_probe PROVIDER TYPE blobs PIN
#include "windows/csp_client.h"

namespace {

using namespace csp_client;  // NOLINT(google-build-using-namespace): one program's helpers

constexpr DWORD unknown = 0x2000;

/// What the functions are tried on.
struct Objects {
    Context context;
    HCRYPTKEY pair = 0;
    HCRYPTKEY session = 0;
    HCRYPTHASH hash = 0;
    Bytes blob;

    Objects() {
        context.acquire(nullptr, CRYPT_SILENT);
        CryptGetUserKey(context.handle, AT_KEYEXCHANGE, &pair);
        CryptGenKey(context.handle, CALG_AES_128, CRYPT_EXPORTABLE, &session);
        hash = hash_of(context.handle, CALG_SHA_256);
        blob = exported(pair);
    }
    ~Objects() {
        CryptDestroyHash(hash);
        CryptDestroyKey(session);
        CryptDestroyKey(pair);
    }
    DWORD blob_size() const { return static_cast<DWORD>(blob.size()); }
};

void try_unknown_on_keys(const Objects& at) {
    HCRYPTKEY key = 0;
    BYTE bytes[512] = {};
    DWORD size = sizeof bytes;
    say("CryptGenKey", CryptGenKey(at.context.handle, CALG_AES_128, unknown, &key));
    say("CryptGenKey, a pair", CryptGenKey(at.context.handle, AT_KEYEXCHANGE, unknown, &key));
    say("CryptDeriveKey", CryptDeriveKey(at.context.handle, CALG_AES_128, at.hash, unknown, &key));
    say("CryptDuplicateKey", CryptDuplicateKey(at.session, nullptr, unknown, &key));
    say("CryptImportKey",
        CryptImportKey(at.context.handle, at.blob.data(), at.blob_size(), 0, unknown, &key));
    say("CryptExportKey", CryptExportKey(at.pair, 0, PUBLICKEYBLOB, unknown, nullptr, &size));
    say("CryptExportKey, a session",
        CryptExportKey(at.session, at.pair, SIMPLEBLOB, unknown, nullptr, &size));
    say("CryptGetKeyParam", CryptGetKeyParam(at.pair, KP_KEYLEN, bytes, &size, unknown));
    say("CryptSetKeyParam", CryptSetKeyParam(at.pair, KP_OAEP_PARAMS, bytes, unknown));
    size = 16;
    say("CryptEncrypt", CryptEncrypt(at.pair, 0, TRUE, unknown, bytes, &size, sizeof bytes));
    say("CryptEncrypt, a session",
        CryptEncrypt(at.session, 0, TRUE, unknown, bytes, &size, sizeof bytes));
    size = 256;
    say("CryptDecrypt", CryptDecrypt(at.pair, 0, TRUE, unknown, bytes, &size));
    size = 16;
    say("CryptDecrypt, a session", CryptDecrypt(at.session, 0, TRUE, unknown, bytes, &size));
}

void try_unknown() {
    const Objects at;
    HCRYPTHASH hash = 0;
    BYTE bytes[512] = {};
    DWORD size = sizeof bytes;
    Context context;
    say("CryptAcquireContext", context.acquire(nullptr, CRYPT_SILENT | unknown));
    try_unknown_on_keys(at);
    say("CryptCreateHash", CryptCreateHash(at.context.handle, CALG_SHA1, 0, unknown, &hash));
    say("CryptDuplicateHash", CryptDuplicateHash(at.hash, nullptr, unknown, &hash));
    say("CryptHashData", CryptHashData(at.hash, bytes, 1, unknown));
    say("CryptHashSessionKey", CryptHashSessionKey(at.hash, at.session, unknown));
    say("CryptGetHashParam", CryptGetHashParam(at.hash, HP_HASHVAL, bytes, &size, unknown));
    say("CryptSetHashParam", CryptSetHashParam(at.hash, HP_HASHVAL, bytes, unknown));
    size = sizeof bytes;
    say("CryptSignHash", CryptSignHashW(at.hash, AT_KEYEXCHANGE, nullptr, unknown, bytes, &size));
    say("CryptVerifySignature",
        CryptVerifySignatureW(at.hash, bytes, 256, at.pair, nullptr, unknown));
    for (const DWORD parameter : {PP_NAME, PP_KEYSET_SEC_DESCR, PP_ENUMCONTAINERS, PP_ENUMALGS}) {
        size = sizeof bytes;
        say("CryptGetProvParam",
            CryptGetProvParam(at.context.handle, parameter, bytes, &size, unknown));
    }
    for (const DWORD parameter : {PP_UI_PROMPT, PP_KEYSET_SEC_DESCR})
        say("CryptSetProvParam", CryptSetProvParam(at.context.handle, parameter, bytes, unknown));
}

void try_known() {
    const Objects at;
    HCRYPTKEY key = 0;
    BYTE bytes[512] = {};
    DWORD size = sizeof bytes;
    say("CryptGenKey", CryptGenKey(at.context.handle, CALG_AES_128,
                                   128 << 16 | CRYPT_EXPORTABLE | CRYPT_NO_SALT, &key));
    say("CryptDeriveKey",
        CryptDeriveKey(at.context.handle, CALG_AES_128, at.hash, CRYPT_EXPORTABLE, &key));
    say("CryptImportKey", CryptImportKey(at.context.handle, at.blob.data(), at.blob_size(), 0,
                                         CRYPT_EXPORTABLE, &key));
    say("CryptExportKey, OAEP",
        CryptExportKey(at.session, at.pair, SIMPLEBLOB, CRYPT_OAEP, nullptr, &size));
    size = 16;
    say("CryptEncrypt, OAEP",
        CryptEncrypt(at.pair, 0, TRUE, CRYPT_OAEP, bytes, &size, sizeof bytes));
    size = sizeof bytes;
    say("CryptGetProvParam",
        CryptGetProvParam(at.context.handle, PP_KEYSET_SEC_DESCR, bytes, &size,
                          OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION));
    // Those of other kinds of providers, and what a silent context cannot promise.
    say("CRYPT_BLOB_VER3",
        CryptExportKey(at.session, at.pair, SIMPLEBLOB, CRYPT_BLOB_VER3, nullptr, &size));
    say("CRYPT_DESTROYKEY",
        CryptExportKey(at.session, 0, OPAQUEKEYBLOB, CRYPT_DESTROYKEY, nullptr, &size));
    say("OAEP of no SIMPLEBLOB",
        CryptImportKey(at.context.handle, at.blob.data(), at.blob_size(), 0, CRYPT_OAEP, &key));
    say("CRYPT_USER_PROTECTED, silent",
        CryptGenKey(at.context.handle, AT_KEYEXCHANGE, CRYPT_USER_PROTECTED, &key));
}

/// Gives a session key out and takes it in again, both with this key.
void show_round_trip(const Objects& at, DWORD type, HCRYPTKEY with) {
    Bytes blob(1024);
    DWORD size = 1024;
    const BOOL given = CryptExportKey(at.session, with, type, 0, blob.data(), &size);
    say("out " + std::to_string(type), given);
    if (!given) {
        const BLOBHEADER header{static_cast<BYTE>(type), CUR_BLOB_VERSION, 0, CALG_AES_128};
        blob.assign(64, 0);
        std::memcpy(blob.data(), &header, sizeof header);
        size = 64;
    }
    HCRYPTKEY again = 0;
    say("in " + std::to_string(type),
        CryptImportKey(at.context.handle, blob.data(), size, with, 0, &again));
    if (again == 0) return;
    std::printf("bits %lu: %lu\n", type, key_number(again, KP_KEYLEN));
    CryptDestroyKey(again);
}

void show_blobs(const char* pin) {
    const Objects at;
    say("PIN", give_pin(at.context, pin));
    HCRYPTKEY key = 0;
    DWORD size = 0;
    say("public key for another",
        CryptExportKey(at.pair, at.session, PUBLICKEYBLOB, 0, nullptr, &size));
    say("public key from another",
        CryptImportKey(at.context.handle, at.blob.data(), at.blob_size(), at.session, 0, &key));
    show_round_trip(at, PLAINTEXTKEYBLOB, 0);
    show_round_trip(at, SIMPLEBLOB, at.pair);
    HCRYPTKEY wrapping = 0;
    CryptGenKey(at.context.handle, CALG_3DES, CRYPT_EXPORTABLE, &wrapping);
    show_round_trip(at, SYMMETRICWRAPKEYBLOB, wrapping);
    show_round_trip(at, OPAQUEKEYBLOB, 0);
    CryptDestroyKey(wrapping);
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 4) return 2;
    provider_name = arguments[1];
    provider_type = static_cast<DWORD>(std::atoi(arguments[2]));
    const std::string what = arguments[3];
    if (what == "unknown") try_unknown();
    if (what == "known") try_known();
    if (what == "blobs") show_blobs(count > 4 ? arguments[4] : "");
    return 0;
}

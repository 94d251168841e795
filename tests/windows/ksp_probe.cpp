// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A Windows program that uses a smart card through CNG: NCrypt* of the key storage provider NAME,
// judged by BCrypt*, which knows only the exported public keys. Prints "done" and exits with 0 if
// each call answered as expected, with 1 at the first that did not.
//
//     ksp_probe NAME PIN [elliptic]
//
// elliptic    the card's 9D key agrees on secrets (P-256); without it, it decrypts (RSA)
#include <atomic>
#include <cstring>
#include <thread>

#include "windows/ncrypt_client.h"

namespace {

using namespace ncrypt_client;  // NOLINT(google-build-using-namespace): one program's helpers

struct Card {
    NCRYPT_PROV_HANDLE provider = 0;
    std::vector<std::wstring> names;  ///< of the containers: 9A, 9C, 9D, 9E
    std::wstring pin;
};

NCRYPT_KEY_HANDLE open(const Card& card, const std::wstring& name) {
    return ncrypt_client::open(card.provider, name);
}

// ---- finding keys -------------------------------------------------------------------------------

void list_keys(Card& card) {
    void* state = nullptr;
    NCryptKeyName* name = nullptr;
    SECURITY_STATUS status = 0;
    while ((status = NCryptEnumKeys(card.provider, nullptr, &name, &state, 0)) == 0) {
        card.names.push_back(name->pszName);
        check(NCryptFreeBuffer(name), "FreeBuffer");
    }
    check(status, "EnumKeys at the end", NTE_NO_MORE_ITEMS);
    check(NCryptFreeBuffer(state), "FreeBuffer of the state");
    require(card.names.size() == 4, "four keys");
}

void check_names(const Card& card) {
    NCRYPT_KEY_HANDLE key = open(card, card.names[0]);
    const std::wstring reader = text_property(key, NCRYPT_READER_PROPERTY);
    check(NCryptFreeObject(key), "FreeObject");
    const std::wstring in_reader = L"\\\\.\\" + reader;
    for (const std::wstring& name :
         {in_reader + L"\\" + card.names[0], in_reader, in_reader + L"\\", std::wstring()}) {
        key = open(card, name);
        require(text_property(key, NCRYPT_NAME_PROPERTY) == card.names[0], "the default container");
        check(NCryptFreeObject(key), "FreeObject");
    }
    check(NCryptOpenKey(card.provider, &key, L"nobody", 0, NCRYPT_SILENT_FLAG), "OpenKey",
          NTE_BAD_KEYSET);
}

void check_algorithms(const Card& card) {
    DWORD count = 0;
    NCryptAlgorithmName* list = nullptr;
    check(NCryptEnumAlgorithms(card.provider, 0, &count, &list, 0), "EnumAlgorithms");
    require(count == 7 && list[0].pszName == std::wstring(L"RSA"), "algorithms");
    check(NCryptFreeBuffer(list), "FreeBuffer");
    for (const wchar_t* name : {L"ECDSA_P256", L"ECDSA", L"ECDH"})
        check(NCryptIsAlgSupported(card.provider, name, 0), "IsAlgSupported");
    check(NCryptIsAlgSupported(card.provider, L"DSA", 0), "IsAlgSupported", NTE_NOT_SUPPORTED);
}

// ---- signing ------------------------------------------------------------------------------------

Bytes export_blob(NCRYPT_KEY_HANDLE key, const wchar_t* type) {
    DWORD size = 0;
    check(NCryptExportKey(key, 0, type, nullptr, nullptr, 0, &size, 0), "ExportKey, size");
    Bytes blob(size);
    check(NCryptExportKey(key, 0, type, nullptr, blob.data(), size, &size, 0), "ExportKey");
    return blob;
}

/// Whether BCrypt, with the exported key alone, takes the signature for right.
bool is_right(NCRYPT_KEY_HANDLE key, void* padding, Bytes hash, Bytes signature, DWORD flags) {
    const std::wstring algorithm = text_property(key, NCRYPT_ALGORITHM_PROPERTY);
    Bytes blob =
        export_blob(key, algorithm == L"RSA" ? BCRYPT_RSAPUBLIC_BLOB : BCRYPT_ECCPUBLIC_BLOB);
    BCRYPT_ALG_HANDLE provider = nullptr;
    BCRYPT_KEY_HANDLE judge = nullptr;
    check(BCryptOpenAlgorithmProvider(&provider, algorithm.c_str(), nullptr, 0), "BCryptOpen");
    check(BCryptImportKeyPair(provider, nullptr,
                              algorithm == L"RSA" ? BCRYPT_RSAPUBLIC_BLOB : BCRYPT_ECCPUBLIC_BLOB,
                              &judge, blob.data(), static_cast<ULONG>(blob.size()), 0),
          "BCryptImportKeyPair");
    const NTSTATUS verdict =
        BCryptVerifySignature(judge, padding, hash.data(), static_cast<ULONG>(hash.size()),
                              signature.data(), static_cast<ULONG>(signature.size()), flags);
    BCryptDestroyKey(judge);
    BCryptCloseAlgorithmProvider(provider, 0);
    return verdict == 0;
}

SECURITY_STATUS verify(NCRYPT_KEY_HANDLE key, void* padding, Bytes hash, Bytes signature,
                       DWORD flags) {
    return NCryptVerifySignature(key, padding, hash.data(), static_cast<DWORD>(hash.size()),
                                 signature.data(), static_cast<DWORD>(signature.size()), flags);
}

void check_signature(NCRYPT_KEY_HANDLE key, void* padding, DWORD flags,
                     std::size_t hash_size = 32) {
    Bytes hash(hash_size, 0x42);
    Bytes signature;
    check(sign(key, padding, hash, signature, flags | NCRYPT_SILENT_FLAG), "SignHash");
    require(is_right(key, padding, hash, signature, flags), "BCrypt verifies the signature");
    check(verify(key, padding, hash, signature, flags), "VerifySignature");
    hash[0] ^= 1;
    require(!is_right(key, padding, hash, signature, flags), "BCrypt refuses another hash");
    check(verify(key, padding, hash, signature, flags), "VerifySignature of another hash",
          NTE_BAD_SIGNATURE);
}

/// A signature of the hash alone, which is right only for who does not ask for its name.
void check_signature_without_oid(NCRYPT_KEY_HANDLE key) {
    constexpr DWORD optional_oid = BCRYPT_PAD_PKCS1 | 0x10;  // BCRYPT_PAD_PKCS1_OPTIONAL_HASH_OID
    BCRYPT_PKCS1_PADDING_INFO no_name = {nullptr};
    BCRYPT_PKCS1_PADDING_INFO sha256 = {BCRYPT_SHA256_ALGORITHM};
    const Bytes hash(32, 0x42);
    Bytes signature;
    check(sign(key, &no_name, hash, signature, BCRYPT_PAD_PKCS1 | NCRYPT_SILENT_FLAG), "SignHash");
    check(verify(key, &sha256, hash, signature, BCRYPT_PAD_PKCS1), "without OID, not wanted",
          NTE_BAD_SIGNATURE);
    check(verify(key, &sha256, hash, signature, optional_oid), "without OID");
    check(verify(key, &sha256, Bytes(32), signature, optional_oid), "of another hash",
          NTE_BAD_SIGNATURE);
    check(sign(key, &sha256, hash, signature, optional_oid), "SignHash takes no such flag",
          NTE_BAD_FLAGS);
}

/// Wine's BCrypt takes none of MD5: the judge is its DigestInfo (RFC 8017, 9.2, note 1).
void check_md5_signature(NCRYPT_KEY_HANDLE key) {
    BCRYPT_PKCS1_PADDING_INFO no_name = {nullptr};
    BCRYPT_PKCS1_PADDING_INFO md5 = {BCRYPT_MD5_ALGORITHM};
    const Bytes hash(16, 0x42);
    Bytes info = {0x30, 0x20, 0x30, 0x0C, 0x06, 0x08, 0x2A, 0x86, 0x48,
                  0x86, 0xF7, 0x0D, 0x02, 0x05, 0x05, 0x00, 0x04, 0x10};
    info.insert(info.end(), hash.begin(), hash.end());
    Bytes signature;
    Bytes expected;
    check(sign(key, &md5, hash, signature, BCRYPT_PAD_PKCS1 | NCRYPT_SILENT_FLAG), "MD5");
    check(sign(key, &no_name, info, expected, BCRYPT_PAD_PKCS1 | NCRYPT_SILENT_FLAG), "SignHash");
    require(signature == expected, "the DigestInfo of MD5");
    check(verify(key, &md5, hash, signature, BCRYPT_PAD_PKCS1), "VerifySignature, MD5");
    check(verify(key, &md5, Bytes(16), signature, BCRYPT_PAD_PKCS1), "of another hash",
          NTE_BAD_SIGNATURE);
}

void check_pkcs1_signatures(NCRYPT_KEY_HANDLE key) {
    const std::pair<const wchar_t*, std::size_t> hashes[] = {{BCRYPT_SHA1_ALGORITHM, 20},
                                                             {BCRYPT_SHA256_ALGORITHM, 32},
                                                             {BCRYPT_SHA384_ALGORITHM, 48},
                                                             {BCRYPT_SHA512_ALGORITHM, 64}};
    for (const auto& [name, size] : hashes) {
        BCRYPT_PKCS1_PADDING_INFO padding = {name};
        check_signature(key, &padding, BCRYPT_PAD_PKCS1, size);
    }
    check_md5_signature(key);
    check_signature_without_oid(key);
}

void check_signing(const Card& card, bool is_elliptic) {
    BCRYPT_PKCS1_PADDING_INFO pkcs1 = {BCRYPT_SHA256_ALGORITHM};
    BCRYPT_PSS_PADDING_INFO pss = {BCRYPT_SHA256_ALGORITHM, 20};
    const NCRYPT_KEY_HANDLE first = open(card, card.names[0]);
    Bytes signature;
    if (is_elliptic) {
        check(sign(first, nullptr, Bytes(32), signature, NCRYPT_SILENT_FLAG), "SignHash, no PIN",
              NTE_SILENT_CONTEXT);
    } else {
        check(sign(first, &pkcs1, Bytes(32), signature, BCRYPT_PAD_PKCS1 | NCRYPT_SILENT_FLAG),
              "SignHash, no PIN", NTE_SILENT_CONTEXT);
    }
    check(give_pin(first, L"999999"), "a wrong PIN", SCARD_W_WRONG_CHV);
    check(give_pin(first, card.pin), "the PIN");
    if (is_elliptic) {
        check_signature(first, nullptr, 0);
    } else {
        check_pkcs1_signatures(first);
        check_signature(first, &pss, BCRYPT_PAD_PSS);
    }
    const NCRYPT_KEY_HANDLE second = open(card, card.names[1]);
    check_signature(second, nullptr, 0);
    check(NCryptFreeObject(first), "FreeObject");
    check(NCryptFreeObject(second), "FreeObject");
}

// ---- decrypting, agreeing -----------------------------------------------------------------------

void check_decryption(const Card& card) {
    const NCRYPT_KEY_HANDLE key = open(card, card.names[2]);
    BCRYPT_OAEP_PADDING_INFO oaep = {BCRYPT_SHA1_ALGORITHM, nullptr, 0};
    Bytes message(24, 0x77);
    for (const DWORD flags : {NCRYPT_PAD_PKCS1_FLAG, NCRYPT_PAD_OAEP_FLAG}) {
        void* const padding = flags == NCRYPT_PAD_OAEP_FLAG ? &oaep : nullptr;
        Bytes bytes(256);
        DWORD size = 0;
        check(NCryptEncrypt(key, message.data(), 24, padding, bytes.data(), 256, &size, flags),
              "Encrypt");
        check(NCryptDecrypt(key, bytes.data(), size, padding, bytes.data(), 256, &size, flags),
              "Decrypt in place");
        bytes.resize(size);
        require(bytes == message, "the message comes back");
    }
    check(NCryptFreeObject(key), "FreeObject");
}

Bytes derive(NCRYPT_SECRET_HANDLE secret, const wchar_t* function) {
    Bytes key(64);
    DWORD size = 0;
    check(NCryptDeriveKey(secret, function, nullptr, key.data(), 64, &size, 0), "DeriveKey");
    key.resize(size);
    return key;
}

SECURITY_STATUS derive_with(NCRYPT_SECRET_HANDLE secret, const wchar_t* function,
                            NCryptBufferDesc* list, Bytes& key) {
    DWORD size = 0;
    const SECURITY_STATUS status = NCryptDeriveKey(secret, function, list, key.data(),
                                                   static_cast<DWORD>(key.size()), &size, 0);
    key.resize(status == 0 ? size : 0);
    return status;
}

/// Every function of the list, and lists that are none.
void check_derivations(NCRYPT_SECRET_HANDLE secret) {
    Bytes label = {'x'};
    Bytes seed(64, 0x42);
    NCryptBuffer buffers[] = {{1, KDF_TLS_PRF_LABEL, label.data()},
                              {64, KDF_TLS_PRF_SEED, seed.data()}};
    NCryptBufferDesc list = {0, 2, buffers};
    Bytes key(48);
    check(derive_with(secret, L"TLS_PRF", &list, key), "DeriveKey, TLS_PRF");
    require(key.size() == 48, "48 bytes");
    key.resize(47);
    check(derive_with(secret, L"TLS_PRF", &list, key), "TLS_PRF of 47", NTE_INVALID_PARAMETER);
    wchar_t sha256[] = L"SHA256";
    NCryptBuffer hash[] = {{sizeof sha256, KDF_HASH_ALGORITHM, sha256}};
    NCryptBufferDesc by_hash = {0, 1, hash};
    for (const wchar_t* function : {L"HKDF", L"SP800_56A_CONCAT"}) {
        key.assign(100, 0);
        check(derive_with(secret, function, &by_hash, key), "DeriveKey of 100 bytes");
        require(key.size() == 100, "100 bytes");
    }
    key.assign(64, 0);
    check(derive_with(secret, L"HASH", &by_hash, key), "DeriveKey, HASH");
    require(key.size() == 32, "32 bytes");
    NCryptBufferDesc of_another_version = {1, 1, hash};
    NCryptBufferDesc without_buffers = {0, 1, nullptr};
    NCryptBuffer no_bytes = {5, KDF_SECRET_APPEND, nullptr};
    NCryptBufferDesc with_no_bytes = {0, 1, &no_bytes};
    for (NCryptBufferDesc* wrong : {&of_another_version, &without_buffers, &with_no_bytes}) {
        key.assign(20, 0);
        check(derive_with(secret, L"HASH", wrong, key), "a list that is none",
              NTE_INVALID_PARAMETER);
    }
    key.assign(20, 0);
    check(derive_with(secret, L"PBKDF2", nullptr, key), "no such function", NTE_NOT_SUPPORTED);
}

/// A blob for any curve, which says its curve in a parameter.
void check_import_by_curve_name(const Card& card, const Bytes& named) {
    constexpr DWORD generic = BCRYPT_ECDSA_PUBLIC_GENERIC_MAGIC;
    constexpr ULONG curve_name_type = 60;  // NCRYPTBUFFER_ECC_CURVE_NAME
    Bytes blob = named;
    std::memcpy(blob.data(), &generic, sizeof generic);
    wchar_t name[] = L"nistP256";
    NCryptBuffer curve = {sizeof name, curve_name_type, name};
    NCryptBufferDesc parameters = {0, 1, &curve};
    NCRYPT_KEY_HANDLE key = 0;
    const auto import = [&](NCryptBufferDesc* list) {
        return NCryptImportKey(card.provider, 0, BCRYPT_ECCPUBLIC_BLOB, list, &key, blob.data(),
                               static_cast<DWORD>(blob.size()), 0);
    };
    check(import(nullptr), "ImportKey, of which curve?", NTE_INVALID_PARAMETER);
    check(import(&parameters), "ImportKey with the curve's name");
    require(text_property(key, NCRYPT_ALGORITHM_PROPERTY) == L"ECDSA_P256", "its algorithm");
    check(NCryptFreeObject(key), "FreeObject");
}

/// Twice the same secret, by the key of the card in a handle and by the same key in a blob.
void check_agreement(const Card& card) {
    const NCRYPT_KEY_HANDLE key = open(card, card.names[2]);
    const NCRYPT_KEY_HANDLE peer = open(card, card.names[0]);
    Bytes blob = export_blob(peer, BCRYPT_ECCPUBLIC_BLOB);
    NCRYPT_KEY_HANDLE imported = 0;
    check(NCryptImportKey(card.provider, 0, BCRYPT_ECCPUBLIC_BLOB, nullptr, &imported, blob.data(),
                          static_cast<DWORD>(blob.size()), 0),
          "ImportKey");
    NCRYPT_SECRET_HANDLE one = 0;
    NCRYPT_SECRET_HANDLE other = 0;
    check(NCryptSecretAgreement(key, peer, &one, NCRYPT_SILENT_FLAG), "SecretAgreement");
    check(NCryptSecretAgreement(key, imported, &other, NCRYPT_SILENT_FLAG), "SecretAgreement");
    require(derive(one, L"TRUNCATE").size() == 32, "a secret of 32 bytes");
    require(derive(one, L"TRUNCATE") == derive(other, L"TRUNCATE"), "one secret");
    require(derive(one, L"HASH").size() == 20, "SHA-1 of it");
    check_derivations(one);
    check_import_by_curve_name(card, blob);
    blob.back() ^= 1;
    NCRYPT_KEY_HANDLE wrong = 0;
    check(NCryptImportKey(card.provider, 0, BCRYPT_ECCPUBLIC_BLOB, nullptr, &wrong, blob.data(),
                          static_cast<DWORD>(blob.size()), 0),
          "ImportKey of a point off the curve", NTE_BAD_DATA);
    for (const NCRYPT_HANDLE handle : {one, other, imported, peer, key})
        check(NCryptFreeObject(handle), "FreeObject");
}

// ---- handles ------------------------------------------------------------------------------------

void check_stale_handles(const Card& card) {
    const NCRYPT_KEY_HANDLE key = open(card, card.names[0]);
    check(NCryptFreeObject(key), "FreeObject");
    check(NCryptFreeObject(key), "FreeObject again", NTE_INVALID_HANDLE);
    Bytes signature;
    check(sign(key, nullptr, Bytes(32), signature, 0), "SignHash with a freed key",
          NTE_INVALID_HANDLE);
}

/// Threads that free what they have opened while others sign.
void check_threads(const Card& card, const std::wstring& provider_name) {
    constexpr int thread_count = 8;
    constexpr int rounds = 10;
    std::atomic<int> signatures = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < thread_count; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < rounds; ++round) {
                Card own = card;
                check(NCryptOpenStorageProvider(&own.provider, provider_name.c_str(), 0),
                      "OpenStorageProvider");
                const NCRYPT_KEY_HANDLE key = open(own, card.names[1]);
                check(NCryptFreeObject(own.provider), "FreeObject of the provider");
                check_signature(key, nullptr, 0);
                check(NCryptFreeObject(key), "FreeObject");
                ++signatures;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    require(signatures == thread_count * rounds, "all signatures");
}

/// Up to where something would be written: ksp_writing_probe.cpp goes on.
void check_making(const Card& card) {
    NCRYPT_KEY_HANDLE key = 0;
    check(NCryptCreatePersistedKey(card.provider, &key, BCRYPT_RSA_ALGORITHM, card.names[0].c_str(),
                                   0, 0),
          "CreatePersistedKey of one that is there", NTE_EXISTS);
    check(NCryptCreatePersistedKey(card.provider, &key, BCRYPT_RSA_ALGORITHM, L"new", 0, 0),
          "CreatePersistedKey");
    check(NCryptFreeObject(key), "FreeObject");
    check(NCryptOpenKey(card.provider, &key, L"new", 0, NCRYPT_SILENT_FLAG), "OpenKey",
          NTE_BAD_KEYSET);
}

}  // namespace

int wmain(int count, wchar_t** arguments) {
    if (count < 3) return 2;
    Card card;
    card.pin = arguments[2];
    const bool is_elliptic = count > 3;
    check(NCryptOpenStorageProvider(&card.provider, arguments[1], 0), "OpenStorageProvider");
    list_keys(card);
    check_names(card);
    check_algorithms(card);
    check_signing(card, is_elliptic);
    is_elliptic ? check_agreement(card) : check_decryption(card);
    check_making(card);
    check_stale_handles(card);
    check_threads(card, arguments[1]);
    check(NCryptFreeObject(card.provider), "FreeObject");
    std::puts("done");
    return 0;
}

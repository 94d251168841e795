// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Hashes with known values, and duplicates of hashes and keys that outlive what they were made of.
// Findings as csp_probe's; values in hexadecimal.
//
//   csp_hashes_probe PROVIDER TYPE PIN
#include "windows/csp_client.h"

namespace {

using namespace csp_client;  // NOLINT(google-build-using-namespace): one program's helpers

const Bytes abc{'a', 'b', 'c'};

void add(HCRYPTHASH hash, const Bytes& data) {
    CryptHashData(hash, data.data(), static_cast<DWORD>(data.size()), 0);
}

Bytes value_of(HCRYPTHASH hash) {
    Bytes value(64);
    auto size = static_cast<DWORD>(value.size());
    if (!CryptGetHashParam(hash, HP_HASHVAL, value.data(), &size, 0)) return {};
    value.resize(size);
    return value;
}

void show(const char* what, HCRYPTHASH hash) {
    std::printf("%s: %s\n", what, to_hex(value_of(hash)).c_str());
    CryptDestroyHash(hash);
}

/// Asking for the size does not finish a hash; asking for the value does.
void show_value(const Context& context) {
    HCRYPTHASH hash = 0;
    CryptCreateHash(context.handle, CALG_SHA_256, 0, 0, &hash);
    add(hash, {'a'});
    DWORD size = 0;
    say("size", CryptGetHashParam(hash, HP_HASHVAL, nullptr, &size, 0));
    std::printf("bytes: %lu\n", size);
    add(hash, {'b', 'c'});
    value_of(hash);
    say("data after the value", CryptHashData(hash, abc.data(), 1, 0));
    show("sha256", hash);
}

/// Each goes its own way; the second one outlives the first.
void show_duplicate(const Context& context) {
    HCRYPTHASH hash = 0;
    HCRYPTHASH other = 0;
    CryptCreateHash(context.handle, CALG_SHA1, 0, 0, &hash);
    add(hash, {'a', 'b'});
    say("duplicate", CryptDuplicateHash(hash, nullptr, 0, &other));
    add(hash, {'c'});
    show("first", hash);
    add(other, {'c'});
    show("second", other);
}

/// RFC 2202's first key: 16 bytes of 0x0B.
HCRYPTKEY plain_key(const Context& context, DWORD flags) {
    constexpr DWORD key_size = 16;
    const BLOBHEADER header{PLAINTEXTKEYBLOB, CUR_BLOB_VERSION, 0, CALG_RC2};
    Bytes blob(sizeof header + sizeof key_size);
    std::memcpy(blob.data(), &header, sizeof header);
    std::memcpy(blob.data() + sizeof header, &key_size, sizeof key_size);
    blob.insert(blob.end(), key_size, 0x0B);
    HCRYPTKEY key = 0;
    say("key", CryptImportKey(context.handle, blob.data(), static_cast<DWORD>(blob.size()), 0,
                              flags, &key));
    return key;
}

void show_keyed(const Context& context) {
    HCRYPTKEY key = plain_key(context, CRYPT_IPSEC_HMAC_KEY);
    HCRYPTHASH hash = 0;
    HMAC_INFO info{};
    info.HashAlgid = CALG_MD5;
    say("hmac", CryptCreateHash(context.handle, CALG_HMAC, key, 0, &hash));
    say("its hash", CryptSetHashParam(hash, HP_HMAC_INFO, reinterpret_cast<const BYTE*>(&info), 0));
    add(hash, {'H', 'i', ' ', 'T', 'h', 'e', 'r', 'e'});
    show("hmac of md5", hash);
    CryptDestroyKey(key);
    key = plain_key(context, 0);
    CryptCreateHash(context.handle, CALG_SHA_256, 0, 0, &hash);
    say("hash of a key", CryptHashSessionKey(hash, key, 0));
    show("sha256 of the key", hash);
    CryptDestroyKey(key);
}

void decrypt(const char* what, HCRYPTKEY key, Bytes data) {
    auto size = static_cast<DWORD>(data.size());
    const BOOL right = CryptDecrypt(key, 0, TRUE, CRYPT_OAEP, data.data(), &size);
    say(what, right && Bytes(data.begin(), data.begin() + size) == abc);
}

/// A duplicate of the card's key has the label that the key has then, and goes its own way.
void show_key(const Context& context) {
    HCRYPTKEY key = 0;
    HCRYPTKEY before = 0;
    HCRYPTKEY labelled = 0;
    BYTE label[] = "a label";
    const DATA_BLOB parameters{sizeof label, label};
    say("user key", CryptGetUserKey(context.handle, spec_of(context.handle), &key));
    say("duplicate of it", CryptDuplicateKey(key, nullptr, 0, &before));
    CryptSetKeyParam(key, KP_OAEP_PARAMS, reinterpret_cast<const BYTE*>(&parameters), 0);
    say("another", CryptDuplicateKey(key, nullptr, 0, &labelled));
    Bytes data(abc);
    auto size = static_cast<DWORD>(data.size());
    data.resize(512);
    say("encrypt without a label", CryptEncrypt(before, 0, TRUE, CRYPT_OAEP, data.data(), &size,
                                                static_cast<DWORD>(data.size())));
    data.resize(size);
    decrypt("decrypt, the original", key, data);
    CryptDestroyKey(key);
    decrypt("decrypt, the one after the label", labelled, data);
    decrypt("decrypt, the one before it", before, data);
    std::printf("bits: %lu\n", key_number(before, KP_KEYLEN));
    CryptDestroyKey(labelled);
    CryptDestroyKey(before);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    provider_name = argv[1];
    provider_type = static_cast<DWORD>(std::atoi(argv[2]));
    Context context;
    say("acquire", context.acquire(container_with("piv-9d").c_str(), CRYPT_SILENT));
    say("PIN", give_pin(context, argv[3]));
    show_value(context);
    show_duplicate(context);
    show_keyed(context);
    show_key(context);
    return 0;
}

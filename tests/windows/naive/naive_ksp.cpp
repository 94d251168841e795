// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The naive provider as a key storage provider: the same key, the same fault. Every key handle owns
// its card handle.
#include <algorithm>
#include <cstring>
#include <cwchar>
#include <map>
#include <mutex>

#include "windows/naive/naive_card.h"
#include "windows/ncrypt/key_storage_table.h"

namespace naive {
namespace {

using ncrypt_double::KeyHandle;
using ncrypt_double::KeyStorageTable;
using ncrypt_double::List;
using ncrypt_double::Name;
using ncrypt_double::ProvHandle;
using ncrypt_double::SecretHandle;
using ncrypt_double::Status;

struct Keys {
    std::mutex mutex;
    std::map<KeyHandle, std::shared_ptr<CardHandle>> open;
    KeyHandle next = 1;
};

Keys& keys() {
    static auto& all = *new Keys;
    return all;
}

std::shared_ptr<CardHandle> find(KeyHandle handle) {
    const std::lock_guard lock(keys().mutex);
    const auto found = keys().open.find(handle);
    return found == keys().open.end() ? nullptr : found->second;
}

Status give(const void* data, std::size_t size, PBYTE out, DWORD room, DWORD* length) {
    if (length == nullptr) return NTE_INVALID_PARAMETER;
    *length = static_cast<DWORD>(size);
    if (out == nullptr) return 0;
    if (room < size) return NTE_BUFFER_TOO_SMALL;
    std::memcpy(out, data, size);
    return 0;
}

Status read_key(const CardHandle& card, Bytes& certificate, Bytes& blob) {
    const Error error = read_certificate(card, certificate);
    if (error != SCARD_S_SUCCESS) return error;
    blob = public_key_blob(certificate);
    return blob.empty() ? NTE_NO_KEY : 0;
}

DWORD bits_of(const Bytes& blob) {
    return reinterpret_cast<const RSAPUBKEY*>(blob.data() + sizeof(BLOBHEADER))->bitlen;
}

/// BCRYPT_RSAKEY_BLOB, whose numbers are big-endian, from a PUBLICKEYBLOB, whose are not.
Bytes to_bcrypt_blob(const Bytes& blob) {
    const auto* key = reinterpret_cast<const RSAPUBKEY*>(blob.data() + sizeof(BLOBHEADER));
    Bytes exponent;
    for (DWORD rest = key->pubexp; rest != 0; rest >>= 8) {
        exponent.insert(exponent.begin(), static_cast<std::uint8_t>(rest));
    }
    const Bytes modulus(blob.rbegin(), blob.rbegin() + key->bitlen / 8);
    const BCRYPT_RSAKEY_BLOB head = {BCRYPT_RSAPUBLIC_MAGIC,
                                     key->bitlen,
                                     static_cast<ULONG>(exponent.size()),
                                     static_cast<ULONG>(modulus.size()),
                                     0,
                                     0};
    Bytes result(sizeof head);
    std::memcpy(result.data(), &head, sizeof head);
    result.insert(result.end(), exponent.begin(), exponent.end());
    result.insert(result.end(), modulus.begin(), modulus.end());
    return result;
}

ALG_ID algorithm_named(Name name) {
    const std::map<std::wstring, ALG_ID> known = {{BCRYPT_SHA1_ALGORITHM, CALG_SHA1},
                                                  {BCRYPT_SHA256_ALGORITHM, CALG_SHA_256},
                                                  {BCRYPT_SHA384_ALGORITHM, CALG_SHA_384},
                                                  {BCRYPT_SHA512_ALGORITHM, CALG_SHA_512}};
    const auto found = known.find(name);
    return found == known.end() ? 0 : found->second;
}

Status WINAPI open_provider(ProvHandle* out, Name name, DWORD) {
    stay_loaded();
    const std::wstring key =
        std::wstring(L"SYSTEM\\CurrentControlSet\\Control\\Cryptography\\Providers\\") + name;
    DWORD timeout = 1500;
    DWORD size = sizeof timeout;
    const LSTATUS found =
        RegGetValueW(HKEY_LOCAL_MACHINE, key.c_str(), L"TransactionTimeoutMilliseconds",
                     RRF_RT_REG_DWORD, nullptr, &timeout, &size);
    set_transaction_timeout(found == ERROR_SUCCESS ? timeout : 1500);
    *out = 1;
    return 0;
}

Status WINAPI open_key(ProvHandle, KeyHandle* out, Name, DWORD, DWORD) {
    Error error = SCARD_S_SUCCESS;
    auto card = CardHandle::open(error);
    if (!card) return error;
    const std::lock_guard lock(keys().mutex);
    *out = keys().next;
    keys().open[keys().next++] = std::move(card);
    return 0;
}

Status WINAPI get_key_property(ProvHandle, KeyHandle handle, Name name, PBYTE out, DWORD room,
                               DWORD* length, DWORD) {
    const auto card = find(handle);
    if (!card) return NTE_INVALID_HANDLE;
    Bytes certificate;
    Bytes blob;
    const Status status = read_key(*card, certificate, blob);
    if (status != 0) return status;
    if (std::wcscmp(name, NCRYPT_LENGTH_PROPERTY) == 0) {
        const DWORD bits = bits_of(blob);
        return give(&bits, sizeof bits, out, room, length);
    }
    if (std::wcscmp(name, L"SmartCardKeyCertificate") == 0) {
        return give(certificate.data(), certificate.size(), out, room, length);
    }
    if (std::wcscmp(name, NCRYPT_ALGORITHM_GROUP_PROPERTY) == 0 ||
        std::wcscmp(name, NCRYPT_ALGORITHM_PROPERTY) == 0) {
        return give(L"RSA", sizeof L"RSA", out, room, length);
    }
    return NTE_NOT_SUPPORTED;
}

Status WINAPI set_key_property(ProvHandle, KeyHandle handle, Name name, PBYTE value, DWORD size,
                               DWORD) {
    if (!find(handle)) return NTE_INVALID_HANDLE;
    if (std::wcscmp(name, NCRYPT_PIN_PROPERTY) != 0) return NTE_NOT_SUPPORTED;
    std::string pin;
    for (DWORD at = 0; at + 1 < size && value[at] != 0; at += 2)
        pin += static_cast<char>(value[at]);
    set_pin(pin);
    return 0;
}

Status WINAPI free_provider(ProvHandle) {
    return 0;
}

Status WINAPI free_key(ProvHandle, KeyHandle handle) {
    std::shared_ptr<CardHandle> card;
    {
        const std::lock_guard lock(keys().mutex);
        const auto found = keys().open.find(handle);
        if (found == keys().open.end()) return NTE_INVALID_HANDLE;
        card = std::move(found->second);
        keys().open.erase(found);
    }
    card->close();
    return 0;
}

Status WINAPI export_key(ProvHandle, KeyHandle handle, KeyHandle, Name type, List, PBYTE out,
                         DWORD room, DWORD* length, DWORD) {
    const auto card = find(handle);
    if (!card) return NTE_INVALID_HANDLE;
    if (std::wcscmp(type, BCRYPT_RSAPUBLIC_BLOB) != 0) return NTE_BAD_TYPE;
    Bytes certificate;
    Bytes blob;
    const Status status = read_key(*card, certificate, blob);
    if (status != 0) return status;
    const Bytes exported = to_bcrypt_blob(blob);
    return give(exported.data(), exported.size(), out, room, length);
}

Status WINAPI sign_hash(ProvHandle, KeyHandle handle, void* padding, PBYTE hash, DWORD size,
                        PBYTE out, DWORD room, DWORD* length, DWORD flags) {
    const auto card = find(handle);
    if (!card) return NTE_INVALID_HANDLE;
    if ((flags & BCRYPT_PAD_PKCS1) == 0 || padding == nullptr) return NTE_NOT_SUPPORTED;
    Bytes certificate;
    Bytes blob;
    Status status = read_key(*card, certificate, blob);
    if (status != 0) return status;
    Bytes signature(bits_of(blob) / 8);
    if (out == nullptr || room < signature.size()) {
        return give(signature.data(), signature.size(), out, room, length);
    }
    const ALG_ID algorithm =
        algorithm_named(static_cast<const BCRYPT_PKCS1_PADDING_INFO*>(padding)->pszAlgId);
    const Bytes block = pad_hash(algorithm, Bytes(hash, hash + size), signature.size());
    if (block.empty()) return NTE_INVALID_PARAMETER;
    status = sign(*card, block, signature);
    return status != 0 ? status : give(signature.data(), signature.size(), out, room, length);
}

/// For every other member of the table.
template <class... Parameters>
Status WINAPI not_supported(Parameters...) {
    return NTE_NOT_SUPPORTED;
}

template <class... Parameters>
void refuse(ncrypt_double::Function<Parameters...>& member) {
    if (member == nullptr) member = &not_supported<Parameters...>;
}

KeyStorageTable make_table() {
    KeyStorageTable table{};
    table.version = {1, 0};
    table.open_provider = open_provider;
    table.open_key = open_key;
    table.get_key_property = get_key_property;
    table.set_key_property = set_key_property;
    table.free_provider = free_provider;
    table.free_key = free_key;
    table.export_key = export_key;
    table.sign_hash = sign_hash;
    refuse(table.create_key);
    refuse(table.get_provider_property);
    refuse(table.set_provider_property);
    refuse(table.finalize_key);
    refuse(table.delete_key);
    refuse(table.free_buffer);
    refuse(table.encrypt);
    refuse(table.decrypt);
    refuse(table.is_algorithm_supported);
    refuse(table.enum_algorithms);
    refuse(table.enum_keys);
    refuse(table.import_key);
    refuse(table.verify_signature);
    refuse(table.prompt_user);
    refuse(table.notify_change);
    refuse(table.secret_agreement);
    refuse(table.derive_key);
    refuse(table.free_secret);
    return table;
}

}  // namespace
}  // namespace naive

extern "C" SECURITY_STATUS WINAPI GetKeyStorageInterface(LPCWSTR,
                                                         ncrypt_double::KeyStorageTable** out,
                                                         DWORD) {
    static ncrypt_double::KeyStorageTable table = naive::make_table();
    *out = &table;
    return 0;
}

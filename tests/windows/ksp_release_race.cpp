// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The strict level for the KSP (release_race.h): keys are shared and freed, with their providers.
// The documented error is NTE_INVALID_HANDLE. A handle of the CSP in the same DLL is no handle
// here. Prints lines "what: value".
//
//     ksp_release_race PIN THREADS SECONDS
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "api/ksp/windows/ncrypt_provider_windows.h"
#include "release_race.h"
#include "signature_judge.h"
// clang-format off
#include <wincrypt.h>
// clang-format on

namespace {

using cardmux::ksp::Table;
using release_race::Random;
using signature_judge::Bytes;

constexpr const wchar_t* provider_name = L"Cardmux Smart Card Key Storage Provider";

HMODULE library() {
    static const HMODULE loaded = LoadLibraryA("cardmux.dll");
    return loaded;
}

const Table& table() {
    static const Table functions = [] {
        Table* found = nullptr;
        const auto get = reinterpret_cast<NTSTATUS(WINAPI*)(LPCWSTR, Table**, DWORD)>(
            reinterpret_cast<void*>(GetProcAddress(library(), "GetKeyStorageInterface")));
        if (get == nullptr || get(provider_name, &found, 0) != 0) std::_Exit(2);
        return *found;
    }();
    return functions;
}

/// A key with a provider of its own.
struct Key {
    NCRYPT_PROV_HANDLE provider = 0;
    NCRYPT_KEY_HANDLE handle = 0;
    std::atomic<bool> is_released{false};  ///< set before the freeing begins
};

using Race = release_race::Race<Key>;

bool judge(Race& race, const Key& key, const char* call, SECURITY_STATUS status) {
    return race.judge(key, call, status == ERROR_SUCCESS, static_cast<DWORD>(status),
                      status == NTE_INVALID_HANDLE);
}

std::shared_ptr<Key> open(Race& race, const std::wstring& name) {
    auto key = std::make_shared<Key>();
    if (judge(race, *key, "OpenProvider", table().OpenProvider(&key->provider, provider_name, 0)))
        judge(race, *key, "OpenKey",
              table().OpenKey(key->provider, &key->handle, name.c_str(), 0, NCRYPT_SILENT_FLAG));
    return key;
}

Bytes export_public(const Key& key) {
    Bytes blob(1024);
    DWORD size = 0;
    table().ExportKey(key.provider, key.handle, 0, BCRYPT_RSAPUBLIC_BLOB, nullptr, blob.data(),
                      1024, &size, 0);
    blob.resize(size);
    return blob;
}

void sign(Race& race, const Key& key, const Bytes& public_key, unsigned number) {
    const auto* bytes = reinterpret_cast<const BYTE*>(&number);
    const Bytes message(bytes, bytes + sizeof number);
    Bytes hash = signature_judge::sha256(message);
    BCRYPT_PKCS1_PADDING_INFO padding = {BCRYPT_SHA256_ALGORITHM};
    Bytes signature(512);
    DWORD size = 0;
    if (!judge(
            race, key, "SignHash",
            table().SignHash(key.provider, key.handle, &padding, hash.data(), 32, signature.data(),
                             512, &size, BCRYPT_PAD_PKCS1 | NCRYPT_SILENT_FLAG)))
        return;
    signature.resize(size);
    race.judge_signature(signature_judge::is_right(public_key, message, signature));
}

void use(Race& race, const Key& key, const Bytes& public_key, Random& random) {
    DWORD bits = 0, size = 0;
    judge(race, key, "GetKeyProperty",
          table().GetKeyProperty(key.provider, key.handle, NCRYPT_LENGTH_PROPERTY,
                                 reinterpret_cast<BYTE*>(&bits), sizeof bits, &size, 0));
    for (int i = 0; i < 3; ++i) sign(race, key, public_key, static_cast<unsigned>(random()));
}

void free_all(Race& race, const Key& key, bool key_first) {
    if (key_first && table().FreeKey(key.provider, key.handle) != ERROR_SUCCESS)
        race.add_error("FreeKey");
    if (key_first && table().FreeKey(key.provider, key.handle) != NTE_INVALID_HANDLE)
        race.add_error("FreeKey, again");
    if (table().FreeProvider(key.provider) != ERROR_SUCCESS) race.add_error("FreeProvider");
    if (table().FreeProvider(key.provider) != NTE_INVALID_HANDLE)
        race.add_error("FreeProvider, again");
}

/// One number may be a handle of both interfaces; it never means the other's object.
void try_handles_of_the_csp(Race& race, const std::wstring& key_name) {
    using Acquire = BOOL WINAPI(HCRYPTPROV*, LPCSTR, DWORD, void*);
    auto* acquire = reinterpret_cast<Acquire*>(
        reinterpret_cast<void*>(GetProcAddress(library(), "CPAcquireContext")));
    HCRYPTPROV context = 0;
    if (acquire == nullptr || !acquire(&context, nullptr, CRYPT_SILENT, nullptr))
        race.add_error("CPAcquireContext");
    NCRYPT_KEY_HANDLE key = 0;
    const SECURITY_STATUS status =
        table().OpenKey(context, &key, key_name.c_str(), 0, NCRYPT_SILENT_FLAG);
    std::printf("a context of the CSP: %08lX\n", static_cast<unsigned long>(status));
}

/// The first one of the card; empty: there is none.
std::wstring find_key_name() {
    NCRYPT_PROV_HANDLE provider = 0;
    NCryptKeyName* found = nullptr;
    void* state = nullptr;
    if (table().OpenProvider(&provider, provider_name, 0) != ERROR_SUCCESS ||
        table().EnumKeys(provider, nullptr, &found, &state, NCRYPT_SILENT_FLAG) != ERROR_SUCCESS)
        return {};
    const std::wstring name = found->pszName;
    table().FreeBuffer(found);
    table().FreeBuffer(state);
    table().FreeProvider(provider);
    return name;
}

bool give_pin(const Key& key, const std::string& pin) {
    std::wstring wide(pin.begin(), pin.end());
    return table().SetKeyProperty(key.provider, key.handle, L"SmartCardPin",
                                  reinterpret_cast<BYTE*>(wide.data()),
                                  static_cast<DWORD>(2 * (wide.size() + 1)), 0) == ERROR_SUCCESS;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) return 2;
    Race race;
    const std::wstring name = find_key_name();
    const auto open_key = [&] { return open(race, name); };
    race.fill(open_key, 4);
    if (!give_pin(race.first(), arguments[1])) race.add_error("PIN");
    const Bytes public_key = export_public(race.first());
    race.run({open_key, [&](const Key& key, Random& random) { use(race, key, public_key, random); },
              [&](const Key& key, Random& random) { free_all(race, key, random() % 2 == 0); }},
             std::atoi(arguments[2]), std::atoi(arguments[3]));
    try_handles_of_the_csp(race, name);
    race.print();
    return 0;
}

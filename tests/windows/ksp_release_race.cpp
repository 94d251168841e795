// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The strict level for the KSP: its table called directly by threads that share keys, while another
// thread frees the keys and their providers under them. The one error allowed is NTE_INVALID_HANDLE
// for a handle that was freed before the call ended; a signature that is given is right. A handle
// of the CSP in the same DLL is no handle here. Prints lines "what: value".
//
//     ksp_release_race PIN THREADS SECONDS
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "api/ksp/windows/ncrypt_provider_windows.h"
#include "signature_judge.h"
// clang-format off
#include <wincrypt.h>
// clang-format on

namespace {

using cardmux::ksp::Table;
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

/// A key that several threads use and one frees, with its provider or before it.
struct Shared {
    NCRYPT_PROV_HANDLE provider = 0;
    NCRYPT_KEY_HANDLE key = 0;
    std::atomic<bool> is_freed{false};  ///< set before the freeing begins
};

struct World {
    std::mutex mutex;  // of all below
    std::vector<std::shared_ptr<Shared>> keys;
    std::map<std::string, int> errors;
    std::wstring key_name;
    std::atomic<int> calls{0};
    std::atomic<int> refused{0};
    std::atomic<int> signatures{0};
    std::atomic<int> freed{0};
    std::atomic<bool> is_over{false};

    std::shared_ptr<Shared> any(unsigned number) {
        const std::lock_guard lock(mutex);
        return keys[number % keys.size()];
    }
    void add_error(const std::string& text) {
        const std::lock_guard lock(mutex);
        ++errors[text];
    }
};

/// Whether the call succeeded; any other end is counted as what it is.
bool judge(World& world, const Shared& shared, const char* call, SECURITY_STATUS status) {
    ++world.calls;
    if (status == ERROR_SUCCESS) return true;
    if (status == NTE_INVALID_HANDLE && shared.is_freed) {
        ++world.refused;
        return false;
    }
    char text[80];
    std::snprintf(text, sizeof text, "%s %08lX%s", call, static_cast<unsigned long>(status),
                  shared.is_freed ? "" : " of a living key");
    world.add_error(text);
    return false;
}

std::shared_ptr<Shared> open(World& world) {
    auto shared = std::make_shared<Shared>();
    if (judge(world, *shared, "OpenProvider",
              table().OpenProvider(&shared->provider, provider_name, 0)))
        judge(world, *shared, "OpenKey",
              table().OpenKey(shared->provider, &shared->key, world.key_name.c_str(), 0,
                              NCRYPT_SILENT_FLAG));
    return shared;
}

Bytes export_public(const Shared& shared) {
    Bytes blob(1024);
    DWORD size = 0;
    table().ExportKey(shared.provider, shared.key, 0, BCRYPT_RSAPUBLIC_BLOB, nullptr, blob.data(),
                      1024, &size, 0);
    blob.resize(size);
    return blob;
}

void sign(World& world, const Shared& shared, const Bytes& blob, unsigned number) {
    const auto* bytes = reinterpret_cast<const BYTE*>(&number);
    const Bytes message(bytes, bytes + sizeof number);
    Bytes hash = signature_judge::sha256(message);
    BCRYPT_PKCS1_PADDING_INFO padding = {BCRYPT_SHA256_ALGORITHM};
    Bytes signature(512);
    DWORD size = 0;
    if (!judge(
            world, shared, "SignHash",
            table().SignHash(shared.provider, shared.key, &padding, hash.data(), 32,
                             signature.data(), 512, &size, BCRYPT_PAD_PKCS1 | NCRYPT_SILENT_FLAG)))
        return;
    signature.resize(size);
    ++world.signatures;
    if (!signature_judge::is_right(blob, message, signature)) world.add_error("wrong signature");
}

void use(World& world, unsigned seed, const Bytes& blob) {
    std::minstd_rand random(seed);
    while (!world.is_over) {
        const auto shared = world.any(random());
        DWORD bits = 0, size = 0;
        judge(world, *shared, "GetKeyProperty",
              table().GetKeyProperty(shared->provider, shared->key, NCRYPT_LENGTH_PROPERTY,
                                     reinterpret_cast<BYTE*>(&bits), sizeof bits, &size, 0));
        for (int i = 0; i < 3; ++i) sign(world, *shared, blob, static_cast<unsigned>(random()));
    }
}

void free_all(World& world, const Shared& old, bool key_first) {
    if (key_first && table().FreeKey(old.provider, old.key) != ERROR_SUCCESS)
        world.add_error("FreeKey");
    if (key_first && table().FreeKey(old.provider, old.key) != NTE_INVALID_HANDLE)
        world.add_error("FreeKey, again");
    if (table().FreeProvider(old.provider) != ERROR_SUCCESS) world.add_error("FreeProvider");
    if (table().FreeProvider(old.provider) != NTE_INVALID_HANDLE)
        world.add_error("FreeProvider, again");
    ++world.freed;
}

void free_under_them(World& world) {
    std::minstd_rand random(4711);
    while (!world.is_over) {
        Sleep(random() % 10);
        auto next = open(world);
        std::shared_ptr<Shared> old;
        {
            const std::lock_guard lock(world.mutex);
            old = std::exchange(world.keys[random() % world.keys.size()], next);
        }
        Sleep(random() % 3);  // now others hold it and will not get it anew
        old->is_freed = true;
        free_all(world, *old, random() % 2 == 0);
    }
}

/// One number may be a handle of both interfaces; it never means the other's object.
void try_handles_of_the_csp(World& world) {
    using Acquire = BOOL WINAPI(HCRYPTPROV*, LPCSTR, DWORD, void*);
    auto* acquire = reinterpret_cast<Acquire*>(
        reinterpret_cast<void*>(GetProcAddress(library(), "CPAcquireContext")));
    HCRYPTPROV context = 0;
    if (acquire == nullptr || !acquire(&context, nullptr, CRYPT_SILENT, nullptr))
        world.add_error("CPAcquireContext");
    NCRYPT_KEY_HANDLE key = 0;
    const SECURITY_STATUS status =
        table().OpenKey(context, &key, world.key_name.c_str(), 0, NCRYPT_SILENT_FLAG);
    std::printf("a context of the CSP: %08lX\n", static_cast<unsigned long>(status));
}

bool prepare(World& world, std::string pin) {
    NCRYPT_PROV_HANDLE provider = 0;
    NCryptKeyName* name = nullptr;
    void* state = nullptr;
    if (table().OpenProvider(&provider, provider_name, 0) != ERROR_SUCCESS ||
        table().EnumKeys(provider, nullptr, &name, &state, NCRYPT_SILENT_FLAG) != ERROR_SUCCESS)
        return false;
    world.key_name = name->pszName;
    table().FreeBuffer(name);
    table().FreeBuffer(state);
    table().FreeProvider(provider);
    for (int i = 0; i < 4; ++i) world.keys.push_back(open(world));
    std::wstring wide(pin.begin(), pin.end());
    return table().SetKeyProperty(world.keys[0]->provider, world.keys[0]->key, L"SmartCardPin",
                                  reinterpret_cast<BYTE*>(wide.data()),
                                  static_cast<DWORD>(2 * (wide.size() + 1)), 0) == ERROR_SUCCESS;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) return 2;
    World world;
    if (!prepare(world, arguments[1])) world.add_error("prepare");
    const Bytes blob = export_public(*world.keys[0]);
    std::vector<std::thread> threads;
    for (int i = 0; i < std::atoi(arguments[2]); ++i)
        threads.emplace_back([&, i] { use(world, static_cast<unsigned>(i + 1), blob); });
    threads.emplace_back([&] { free_under_them(world); });
    Sleep(static_cast<DWORD>(1000 * std::atoi(arguments[3])));
    world.is_over = true;
    for (std::thread& thread : threads) thread.join();
    try_handles_of_the_csp(world);
    std::printf("calls: %d\nsignatures: %d\nfreed: %d\nrefused: %d\n", world.calls.load(),
                world.signatures.load(), world.freed.load(), world.refused.load());
    for (const auto& [text, times] : world.errors)
        std::printf("error: %s, %d times\n", text.c_str(), times);
    return 0;
}

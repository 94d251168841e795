// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A small Windows program that uses ncrypt.dll: whether the double of tests/windows/ncrypt keeps
// CNG's rules for handles, with a provider that signs by an RSA key. Prints "done" and exits with 0
// if each call answered as expected, with 1 at the first that did not.
//
//     ncrypt_probe NAME PIN

// clang-format off
#include <windows.h>
#include <bcrypt.h>
#include <ncrypt.h>
// clang-format on

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

void check(SECURITY_STATUS status, const char* call, SECURITY_STATUS expected = 0) {
    if (status == expected) return;
    std::printf("failed: %s: %08lX, expected %08lX\n", call, static_cast<unsigned long>(status),
                static_cast<unsigned long>(expected));
    std::fflush(stdout);
    std::_Exit(1);
}

NCRYPT_PROV_HANDLE open_provider(const std::wstring& name) {
    NCRYPT_PROV_HANDLE provider = 0;
    check(NCryptOpenStorageProvider(&provider, name.c_str(), 0), "OpenStorageProvider");
    return provider;
}

NCRYPT_KEY_HANDLE open_key(NCRYPT_PROV_HANDLE provider, std::wstring pin) {
    NCRYPT_KEY_HANDLE key = 0;
    check(NCryptOpenKey(provider, &key, L"", 0, NCRYPT_SILENT_FLAG), "OpenKey");
    check(NCryptSetProperty(key, NCRYPT_PIN_PROPERTY, reinterpret_cast<BYTE*>(pin.data()),
                            static_cast<DWORD>(2 * pin.size() + 2), 0),
          "SetProperty");
    return key;
}

/// Signs a hash of zeros into a buffer of this size.
SECURITY_STATUS sign(NCRYPT_KEY_HANDLE key, DWORD room = 512) {
    BYTE hash[32] = {};
    BYTE signature[512];
    DWORD size = 0;
    BCRYPT_PKCS1_PADDING_INFO padding = {BCRYPT_SHA256_ALGORITHM};
    return NCryptSignHash(key, &padding, hash, sizeof hash, signature, room, &size,
                          BCRYPT_PAD_PKCS1);
}

void check_opening() {
    NCRYPT_PROV_HANDLE provider = 1;
    check(NCryptOpenStorageProvider(&provider, L"Nobody's Key Storage Provider", 0),
          "OpenStorageProvider", NTE_BAD_PROVIDER);
    check(NCryptFreeObject(0), "FreeObject", NTE_INVALID_HANDLE);
    check(NCryptFreeBuffer(&provider), "FreeBuffer", NTE_INVALID_PARAMETER);
}

void check_kinds(const std::wstring& name, const std::wstring& pin) {
    const NCRYPT_PROV_HANDLE provider = open_provider(name);
    const NCRYPT_KEY_HANDLE key = open_key(provider, pin);
    check(NCryptIsKeyHandle(key) ? 0 : 1, "IsKeyHandle of a key");
    check(NCryptIsKeyHandle(provider) ? 1 : 0, "IsKeyHandle of a provider");
    check(sign(provider), "SignHash with a provider", NTE_INVALID_HANDLE);
    NCRYPT_KEY_HANDLE other = 0;
    check(NCryptOpenKey(key, &other, L"", 0, 0), "OpenKey of a key", NTE_INVALID_HANDLE);
    check(sign(key, 10), "SignHash into a small buffer", NTE_BUFFER_TOO_SMALL);
    check(NCryptDeleteKey(key, 0), "DeleteKey", NTE_NOT_SUPPORTED);
    check(sign(key), "SignHash after a deletion that failed");
    check(NCryptFreeObject(key), "FreeObject");
    check(NCryptFreeObject(provider), "FreeObject");
}

void check_ends(const std::wstring& name, const std::wstring& pin) {
    NCRYPT_PROV_HANDLE provider = open_provider(name);
    const NCRYPT_KEY_HANDLE key = open_key(provider, pin);
    check(NCryptFreeObject(provider), "FreeObject of the provider");
    check(NCryptFreeObject(provider), "FreeObject twice", NTE_INVALID_HANDLE);
    check(sign(key), "SignHash without its provider's handle");
    DWORD size = 0;
    const bool is_gone = std::getenv("NCRYPT_DOUBLE_FREES_AT_ONCE") != nullptr;
    check(NCryptGetProperty(key, NCRYPT_PROVIDER_HANDLE_PROPERTY,
                            reinterpret_cast<BYTE*>(&provider), sizeof provider, &size, 0),
          "GetProperty", is_gone ? NTE_INVALID_HANDLE : 0);
    if (!is_gone) {
        check(NCryptFreeObject(open_key(provider, pin)), "FreeObject of another key");
        check(NCryptFreeObject(provider), "FreeObject of the provider from the key");
    }
    check(NCryptFreeObject(key), "FreeObject");
    check(NCryptFreeObject(key), "FreeObject twice", NTE_INVALID_HANDLE);
    check(sign(key), "SignHash with a key that was freed", NTE_INVALID_HANDLE);
}

/// Keys are freed under threads that sign with them: nothing falls over, and afterwards all find
/// the handle invalid.
void check_races(const std::wstring& name, const std::wstring& pin) {
    for (int turn = 0; turn < 20; turn++) {
        const NCRYPT_PROV_HANDLE provider = open_provider(name);
        const NCRYPT_KEY_HANDLE key = open_key(provider, pin);
        std::atomic<bool> is_over = false;
        std::vector<std::thread> threads;
        for (int index = 0; index < 4; index++) {
            threads.emplace_back([&] {
                while (!is_over) sign(key);
                check(sign(key), "SignHash with a freed key", NTE_INVALID_HANDLE);
            });
        }
        Sleep(20);
        check(NCryptFreeObject(provider), "FreeObject of the provider");
        check(NCryptFreeObject(key), "FreeObject of a key in use");
        is_over = true;
        for (auto& thread : threads) thread.join();
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fputs("ncrypt_probe: see the head of ncrypt_probe.cpp\n", stderr);
        return 2;
    }
    const std::string words[] = {argv[1], argv[2]};
    const std::wstring name(words[0].begin(), words[0].end());
    const std::wstring pin(words[1].begin(), words[1].end());
    check_opening();
    check_kinds(name, pin);
    check_ends(name, pin);
    check_races(name, pin);
    std::puts("done");
    return 0;
}

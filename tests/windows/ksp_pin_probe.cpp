// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A program that gives the KSP its PIN and uses the key at once, a while later, and through several
// providers. A line a finding, as csp_pin_probe's.
//
//   ksp_pin_probe NAME later PIN MILLISECONDS   signs, waits, signs again
//   ksp_pin_probe NAME contexts PIN COUNT       so many providers give the same PIN
#include <cwchar>

#include "windows/ncrypt_client.h"

namespace {

using namespace ncrypt_client;  // NOLINT(google-build-using-namespace): one program's helpers

/// A provider of its own, and the card's first key.
struct Opened {
    NCRYPT_PROV_HANDLE provider = 0;
    NCRYPT_KEY_HANDLE key = 0;
    explicit Opened(const wchar_t* name) {
        say("acquire", NCryptOpenStorageProvider(&provider, name, 0));
        say("acquire", NCryptOpenKey(provider, &key, L"", 0, NCRYPT_SILENT_FLAG));
    }
    ~Opened() {
        NCryptFreeObject(key);
        NCryptFreeObject(provider);
    }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;
};

void sign_later(const wchar_t* name, const wchar_t* pin, DWORD milliseconds) {
    const Opened opened(name);
    say("PIN", give_pin(opened.key, pin));
    say_signature(opened.key, NCRYPT_SILENT_FLAG);
    say_signature(opened.key, NCRYPT_SILENT_FLAG);
    Sleep(milliseconds);
    say_signature(opened.key, NCRYPT_SILENT_FLAG);
    say("PIN", give_pin(opened.provider, pin));
    say_signature(opened.key, NCRYPT_SILENT_FLAG);
}

void give_to_providers(const wchar_t* name, const wchar_t* pin, DWORD count) {
    for (DWORD number = 0; number < count; ++number) {
        const Opened opened(name);
        say("PIN", give_pin(opened.key, pin));
        say_signature(opened.key, NCRYPT_SILENT_FLAG);
    }
}

}  // namespace

int wmain(int count, wchar_t** arguments) {
    if (count < 5) return 2;
    const std::wstring what = arguments[2];
    const auto number = static_cast<DWORD>(std::wcstoul(arguments[4], nullptr, 10));
    if (what == L"later") sign_later(arguments[1], arguments[3], number);
    if (what == L"contexts") give_to_providers(arguments[1], arguments[3], number);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A program whose calls come from where authority is in doubt. What it finds, it says on standard
// output, a line a finding; the test compares.
//
//   authority_probe default             random numbers by the default of type 24
//   authority_probe anonymous PIN       its thread impersonates an unknown
//   authority_probe late PIN            calls from a DLL that is unloaded after ours
#include <cstdio>
#include <string>

#include "late_caller.h"
// after windows.h
#include <wincrypt.h>

namespace {

void say(const char* what, DWORD code) {
    std::printf("%s: %08lX\n", what, code);
    std::fflush(stdout);
}

template <typename Function>
Function entry(const char* library, const char* name) {
    return reinterpret_cast<Function>(
        reinterpret_cast<void*>(GetProcAddress(LoadLibraryA(library), name)));
}

void show_default() {
    HCRYPTPROV context = 0;
    BYTE random[16];
    const bool works =
        CryptAcquireContextA(&context, nullptr, nullptr, PROV_RSA_AES, CRYPT_VERIFYCONTEXT) &&
        CryptGenRandom(context, sizeof random, random);
    const DWORD code = works ? 0 : GetLastError();
    char name[200] = "";
    DWORD size = sizeof name;
    CryptGetProvParam(context, PP_NAME, reinterpret_cast<BYTE*>(name), &size, 0);
    CryptReleaseContext(context, 0);
    say("random by the default", code);
    std::printf("it is: %s\n", name);
}

// ---- the entry points, directly -----------------------------------------------------------------

HCRYPTPROV context;
HCRYPTHASH hash;

constexpr const char* csp = "cardmuxcsp.dll";

DWORD code_of(BOOL succeeded) {
    return succeeded ? 0 : GetLastError();
}

DWORD acquire() {
    using Acquire = BOOL(WINAPI*)(HCRYPTPROV*, LPCSTR, DWORD, void*);
    using CreateHash = BOOL(WINAPI*)(HCRYPTPROV, ALG_ID, HCRYPTKEY, DWORD, HCRYPTHASH*);
    static const auto acquire_context = entry<Acquire>(csp, "CPAcquireContext");
    static const auto create_hash = entry<CreateHash>(csp, "CPCreateHash");
    return code_of(acquire_context(&context, nullptr, CRYPT_SILENT, nullptr) &&
                   create_hash(context, CALG_SHA1, 0, 0, &hash));
}

DWORD give_pin(const char* pin) {
    using Set = BOOL(WINAPI*)(HCRYPTPROV, DWORD, const BYTE*, DWORD);
    static const auto set = entry<Set>(csp, "CPSetProvParam");
    return code_of(set(context, PP_KEYEXCHANGE_PIN, reinterpret_cast<const BYTE*>(pin), 0));
}

DWORD sign() {
    using Sign = BOOL(WINAPI*)(HCRYPTPROV, HCRYPTHASH, DWORD, LPCWSTR, DWORD, BYTE*, DWORD*);
    static const auto sign_hash = entry<Sign>(csp, "CPSignHash");
    BYTE signature[512];
    DWORD size = sizeof signature;
    return code_of(sign_hash(context, hash, AT_KEYEXCHANGE, nullptr, 0, signature, &size));
}

DWORD open_key_storage() {
    using OpenProvider = LONG(WINAPI*)(ULONG_PTR*, LPCWSTR, DWORD);
    using GetTable = LONG(WINAPI*)(LPCWSTR, void***, DWORD);
    static const auto get_table = entry<GetTable>("cardmuxksp.dll", "GetKeyStorageInterface");
    static void** const table = [] {
        void** made = nullptr;
        get_table(nullptr, &made, 0);
        return made;
    }();
    ULONG_PTR provider = 0;
    return static_cast<DWORD>(
        reinterpret_cast<OpenProvider>(table[1])(&provider, L"late", 0));  // after the version
}

/// False: the system does not do that.
bool impersonate_unknown() {
    HANDLE process = nullptr;
    HANDLE unknown = nullptr;
    const bool began = OpenProcessToken(GetCurrentProcess(), TOKEN_DUPLICATE, &process) &&
                       DuplicateTokenEx(process, TOKEN_IMPERSONATE, nullptr, SecurityAnonymous,
                                        TokenImpersonation, &unknown) &&
                       SetThreadToken(nullptr, unknown);
    CloseHandle(process);
    CloseHandle(unknown);
    return began;
}

void show_anonymous(const char* pin) {
    say("acquire", acquire());
    say("PIN", give_pin(pin));
    say("signature", sign());
    if (!impersonate_unknown()) return;
    say("signature of an unknown", sign());
    say("PIN of an unknown", give_pin(pin));
    RevertToSelf();
    say("signature afterwards", sign());
}

void show_late(const char* pin) {
    using CallLate = void (*)(const char*, LateCall);
    const auto late = entry<CallLate>("late_caller.dll", "call_late");  // before ours
    say("acquire", acquire());
    say("PIN", give_pin(pin));
    say("signature", sign());
    say("key storage", open_key_storage());
    late("late signature", sign);
    late("late key storage", open_key_storage);
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) return 2;
    const std::string what = arguments[1];
    const char* pin = count > 2 ? arguments[2] : "";
    if (what == "default") show_default();
    if (what == "anonymous") show_anonymous(pin);
    if (what == "late") show_late(pin);
    return 0;
}

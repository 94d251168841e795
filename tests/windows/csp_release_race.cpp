// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The strict level for the CSP (release_race.h): contexts are shared and released. The documented
// errors are NTE_BAD_UID, NTE_BAD_KEY and NTE_BAD_HASH. Prints lines "what: value".
//
//     csp_release_race PIN THREADS SECONDS
#include <algorithm>
#include <cstdlib>
#include <memory>

#include "release_race.h"
#include "signature_judge.h"
// clang-format off
#include <wincrypt.h>
// clang-format on

namespace {

using release_race::Random;
using signature_judge::Bytes;

/// The entry points, from the DLL that Windows would load.
struct Csp {
    HMODULE library = LoadLibraryA("cardmuxcsp.dll");
    template <typename Function>
    Function* entry(const char* name) const {
        return reinterpret_cast<Function*>(reinterpret_cast<void*>(GetProcAddress(library, name)));
    }
    BOOL(WINAPI* acquire)
    (HCRYPTPROV*, LPCSTR, DWORD,
     void*) = entry<BOOL WINAPI(HCRYPTPROV*, LPCSTR, DWORD, void*)>("CPAcquireContext");
    BOOL(WINAPI* release)
    (HCRYPTPROV, DWORD) = entry<BOOL WINAPI(HCRYPTPROV, DWORD)>("CPReleaseContext");
    BOOL(WINAPI* set)
    (HCRYPTPROV, DWORD, const BYTE*,
     DWORD) = entry<BOOL WINAPI(HCRYPTPROV, DWORD, const BYTE*, DWORD)>("CPSetProvParam");
    BOOL(WINAPI* user_key)
    (HCRYPTPROV, DWORD,
     HCRYPTKEY*) = entry<BOOL WINAPI(HCRYPTPROV, DWORD, HCRYPTKEY*)>("CPGetUserKey");
    BOOL(WINAPI* export_key)
    (HCRYPTPROV, HCRYPTKEY, HCRYPTKEY, DWORD, DWORD, BYTE*, DWORD*) =
        entry<BOOL WINAPI(HCRYPTPROV, HCRYPTKEY, HCRYPTKEY, DWORD, DWORD, BYTE*, DWORD*)>(
            "CPExportKey");
    BOOL(WINAPI* create_hash)
    (HCRYPTPROV, ALG_ID, HCRYPTKEY, DWORD, HCRYPTHASH*) =
        entry<BOOL WINAPI(HCRYPTPROV, ALG_ID, HCRYPTKEY, DWORD, HCRYPTHASH*)>("CPCreateHash");
    BOOL(WINAPI* hash_data)
    (HCRYPTPROV, HCRYPTHASH, const BYTE*, DWORD,
     DWORD) = entry<BOOL WINAPI(HCRYPTPROV, HCRYPTHASH, const BYTE*, DWORD, DWORD)>("CPHashData");
    BOOL(WINAPI* sign)
    (HCRYPTPROV, HCRYPTHASH, DWORD, LPCWSTR, DWORD, BYTE*, DWORD*) =
        entry<BOOL WINAPI(HCRYPTPROV, HCRYPTHASH, DWORD, LPCWSTR, DWORD, BYTE*, DWORD*)>(
            "CPSignHash");
    BOOL(WINAPI* destroy_hash)
    (HCRYPTPROV, HCRYPTHASH) = entry<BOOL WINAPI(HCRYPTPROV, HCRYPTHASH)>("CPDestroyHash");
    BOOL(WINAPI* destroy_key)
    (HCRYPTPROV, HCRYPTKEY) = entry<BOOL WINAPI(HCRYPTPROV, HCRYPTKEY)>("CPDestroyKey");
};

const Csp& csp() {
    static const Csp functions;
    return functions;
}

struct Context {
    HCRYPTPROV handle = 0;
    std::atomic<bool> is_released{false};  ///< set before the release begins
};

using Race = release_race::Race<Context>;

bool judge(Race& race, const Context& context, const char* call, BOOL worked) {
    const DWORD error = GetLastError();
    const bool is_of_handle = error == static_cast<DWORD>(NTE_BAD_UID) ||
                              error == static_cast<DWORD>(NTE_BAD_KEY) ||
                              error == static_cast<DWORD>(NTE_BAD_HASH);
    return race.judge(context, call, worked, error, is_of_handle);
}

std::shared_ptr<Context> open(Race& race) {
    auto context = std::make_shared<Context>();
    judge(race, *context, "acquire",
          csp().acquire(&context->handle, nullptr, CRYPT_SILENT, nullptr));
    return context;
}

void sign(Race& race, const Context& context, const Bytes& public_key, unsigned number) {
    const auto* bytes = reinterpret_cast<const BYTE*>(&number);
    const Bytes message(bytes, bytes + sizeof number);
    HCRYPTHASH hash = 0;
    if (!judge(race, context, "create hash",
               csp().create_hash(context.handle, CALG_SHA_256, 0, 0, &hash)))
        return;
    Bytes signature(512);
    DWORD size = 512;
    const bool is_signed =
        judge(race, context, "hash data",
              csp().hash_data(context.handle, hash, message.data(), sizeof number, 0)) &&
        judge(
            race, context, "sign",
            csp().sign(context.handle, hash, AT_KEYEXCHANGE, nullptr, 0, signature.data(), &size));
    if (is_signed) {
        signature.resize(size);
        std::reverse(signature.begin(), signature.end());  // CryptoAPI's are little-endian
        race.judge_signature(signature_judge::is_right(public_key, message, signature));
    }
    judge(race, context, "destroy hash", csp().destroy_hash(context.handle, hash));
}

void use(Race& race, const Context& context, const Bytes& public_key, Random& random) {
    HCRYPTKEY key = 0;
    if (judge(race, context, "user key", csp().user_key(context.handle, AT_KEYEXCHANGE, &key)))
        judge(race, context, "destroy key", csp().destroy_key(context.handle, key));
    sign(race, context, public_key, static_cast<unsigned>(random()));
}

/// From a PUBLICKEYBLOB, whose numbers are little-endian.
Bytes public_key_of(const Context& context) {
    HCRYPTKEY key = 0;
    csp().user_key(context.handle, AT_KEYEXCHANGE, &key);
    Bytes blob(1024);
    DWORD size = 1024;
    csp().export_key(context.handle, key, 0, PUBLICKEYBLOB, 0, blob.data(), &size);
    csp().destroy_key(context.handle, key);
    blob.resize(size);
    const auto* head = reinterpret_cast<const RSAPUBKEY*>(blob.data() + sizeof(BLOBHEADER));
    const DWORD exponent = head->pubexp;
    const auto digit = [exponent](int shift) { return static_cast<BYTE>(exponent >> shift); };
    const Bytes modulus(blob.rbegin(), blob.rbegin() + head->bitlen / 8);
    return signature_judge::make_public_blob(modulus, {digit(24), digit(16), digit(8), digit(0)});
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) return 2;
    Race race;
    race.fill([&] { return open(race); }, 4);
    if (!csp().set(race.first().handle, PP_KEYEXCHANGE_PIN,
                   reinterpret_cast<const BYTE*>(arguments[1]), 0))
        race.add_error("PIN");
    const Bytes public_key = public_key_of(race.first());
    const auto release = [&](const Context& context, Random&) {
        if (!csp().release(context.handle, 0)) race.add_error("release");
    };
    race.run(
        {[&] { return open(race); },
         [&](const Context& context, Random& random) { use(race, context, public_key, random); },
         release},
        std::atoi(arguments[2]), std::atoi(arguments[3]));
    race.print();
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Asks questions so many times. What that costs in APDUs is for the test to count. Prints "done",
// or the first call that failed.
//
//   csp_queries_probe PROVIDER TYPE keys TIMES      a key of the card's, and sizes of everything
//   csp_queries_probe PROVIDER TYPE acquire TIMES   contexts
//   csp_queries_probe PROVIDER TYPE anew TIMES      contexts with CRYPT_MACHINE_KEYSET
//   csp_queries_probe PROVIDER TYPE sizes TIMES     sizes, of a context of no card
//   csp_queries_probe PROVIDER TYPE names 1         such a context's containers, as findings
#include <array>

#include "windows/csp_client.h"

namespace {

using namespace csp_client;  // NOLINT(google-build-using-namespace): one program's helpers

void check(BOOL succeeded, const char* call) {
    if (succeeded) return;
    std::printf("failed: %s: %08lX\n", call, GetLastError());
    std::fflush(stdout);
    std::_Exit(1);
}

void ask_key(HCRYPTKEY key) {
    for (const DWORD parameter : {DWORD{KP_KEYLEN}, DWORD{KP_BLOCKLEN}, DWORD{KP_PERMISSIONS},
                                  DWORD{KP_ALGID}, DWORD{KP_CERTIFICATE}}) {
        std::array<BYTE, 8192> value{};
        DWORD size = 0;
        check(CryptGetKeyParam(key, parameter, nullptr, &size, 0), "CryptGetKeyParam, a size");
        check(CryptGetKeyParam(key, parameter, value.data(), &size, 0), "CryptGetKeyParam");
    }
    DWORD size = 0;
    check(CryptExportKey(key, 0, PUBLICKEYBLOB, 0, nullptr, &size), "CryptExportKey, a size");
    DWORD room = 0;
    check(CryptEncrypt(key, 0, TRUE, 0, nullptr, &room, 256), "CryptEncrypt, a size");
}

void ask_signature_size(HCRYPTPROV context) {
    HCRYPTHASH hash = 0;
    check(CryptCreateHash(context, CALG_SHA1, 0, 0, &hash), "CryptCreateHash");
    check(CryptHashData(hash, reinterpret_cast<const BYTE*>("text"), 4, 0), "CryptHashData");
    DWORD size = 0;
    check(CryptSignHashW(hash, AT_KEYEXCHANGE, nullptr, 0, nullptr, &size),
          "CryptSignHash, a size");
    if (size != 256) check(FALSE, "the signature's size");
    check(CryptDestroyHash(hash), "CryptDestroyHash");
}

void ask_context(HCRYPTPROV context) {
    for (const DWORD parameter :
         {DWORD{PP_CONTAINER}, DWORD{PP_UNIQUE_CONTAINER}, DWORD{PP_NAME}}) {
        DWORD size = 0;
        check(CryptGetProvParam(context, parameter, nullptr, &size, 0), "CryptGetProvParam");
    }
}

void ask_keys(HCRYPTPROV context) {
    HCRYPTKEY key = 0;
    check(CryptGetUserKey(context, AT_KEYEXCHANGE, &key), "CryptGetUserKey");
    ask_key(key);
    ask_signature_size(context);
    ask_context(context);
    check(CryptDestroyKey(key), "CryptDestroyKey");
}

void acquire_once(DWORD flags) {
    Context context;
    check(context.acquire(nullptr, CRYPT_SILENT | flags), "CryptAcquireContext");
}

DWORD size_of(HCRYPTPROV context, DWORD parameter, DWORD flags) {
    DWORD size = 0;
    check(CryptGetProvParam(context, parameter, nullptr, &size, flags), "CryptGetProvParam");
    return size;
}

void ask_sizes() {
    Context context;
    check(context.acquire(nullptr, CRYPT_VERIFYCONTEXT), "CryptAcquireContext");
    for (const DWORD parameter : {PP_ENUMCONTAINERS, PP_ENUMALGS, PP_ENUMALGS_EX}) {
        const DWORD first = size_of(context.handle, parameter, CRYPT_FIRST);
        if (size_of(context.handle, parameter, CRYPT_NEXT) != first) check(FALSE, "the next size");
    }
    for (const DWORD parameter : {PP_USER_CERTSTORE, PP_ROOT_CERTSTORE, PP_NAME, PP_CONTAINER})
        size_of(context.handle, parameter, 0);
}

/// With the room that a question for the size told.
void show_names() {
    Context context;
    check(context.acquire(nullptr, CRYPT_VERIFYCONTEXT), "CryptAcquireContext");
    const DWORD room = size_of(context.handle, PP_ENUMCONTAINERS, CRYPT_FIRST);
    for (;;) {
        Bytes name(room);
        DWORD size = room;
        const BOOL given =
            CryptGetProvParam(context.handle, PP_ENUMCONTAINERS, name.data(), &size, CRYPT_NEXT);
        say("next", given);
        if (!given) break;
        std::printf("name: %.7s\n", reinterpret_cast<const char*>(name.data()));
    }
    DWORD size = 0;
    say("size after the last",
        CryptGetProvParam(context.handle, PP_ENUMCONTAINERS, nullptr, &size, CRYPT_NEXT));
    std::printf("first again: %.7s\n",
                text_of(context.handle, PP_ENUMCONTAINERS, CRYPT_FIRST).c_str());
    DWORD little = 3;
    BYTE bytes[3];
    say("too little room",
        CryptGetProvParam(context.handle, PP_ENUMCONTAINERS, bytes, &little, CRYPT_FIRST));
    std::printf("needed: %lu\n", little);
    std::printf("not stepped on: %.7s\n",
                text_of(context.handle, PP_ENUMCONTAINERS, CRYPT_NEXT).c_str());
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 5) return 2;
    provider_name = arguments[1];
    provider_type = static_cast<DWORD>(std::atoi(arguments[2]));
    const std::string what = arguments[3];
    Context context;
    if (what == "keys") check(context.acquire(nullptr, CRYPT_SILENT), "CryptAcquireContext");
    for (int i = 0; i < std::atoi(arguments[4]); ++i) {
        if (what == "keys") ask_keys(context.handle);
        if (what == "acquire") acquire_once(0);
        if (what == "anew") acquire_once(CRYPT_MACHINE_KEYSET);
        if (what == "sizes") ask_sizes();
        if (what == "names") show_names();
    }
    std::puts("done");
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Asks a key of the card's, and the sizes of everything, so many times. What that costs in APDUs is
// for the test to count. Prints "done", or the first call that failed.
//
//     csp_queries_probe PROVIDER TYPE TIMES
#include <array>
#include <cstdio>
#include <cstdlib>

// clang-format off
#include <windows.h>
#include <wincrypt.h>
// clang-format on

namespace {

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

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) return 2;
    HCRYPTPROV context = 0;
    check(CryptAcquireContextA(&context, nullptr, arguments[1],
                               static_cast<DWORD>(std::atoi(arguments[2])), CRYPT_SILENT),
          "CryptAcquireContext");
    for (int i = 0; i < std::atoi(arguments[3]); ++i) {
        HCRYPTKEY key = 0;
        check(CryptGetUserKey(context, AT_KEYEXCHANGE, &key), "CryptGetUserKey");
        ask_key(key);
        ask_signature_size(context);
        ask_context(context);
        check(CryptDestroyKey(key), "CryptDestroyKey");
    }
    std::puts("done");
    return 0;
}

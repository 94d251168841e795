// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A program that knows a card's key, while another program makes a new one in its place. Findings
// as csp_probe's.
//
//   csp_anew_probe PROVIDER TYPE NAME FILE    goes on when FILE is there
#include "windows/csp_client.h"

namespace {

using namespace csp_client;  // NOLINT(google-build-using-namespace): one program's helpers

/// The container's public key, in a context of its own.
Bytes key_of(const std::string& name, DWORD flags) {
    Context context;
    say("acquire", context.acquire(name.c_str(), CRYPT_SILENT | flags));
    HCRYPTKEY key = 0;
    CryptGetUserKey(context.handle, AT_KEYEXCHANGE, &key);
    const Bytes blob = exported(key);
    if (key != 0) CryptDestroyKey(key);
    return blob;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 5) return 2;
    provider_name = arguments[1];
    provider_type = static_cast<DWORD>(std::atoi(arguments[2]));
    const std::string name = arguments[3];
    const Bytes before = key_of(name, 0);
    std::puts("waiting");
    std::fflush(stdout);
    while (GetFileAttributesA(arguments[4]) == INVALID_FILE_ATTRIBUTES) Sleep(20);
    std::printf("cached: %d\n", key_of(name, 0) == before);
    const Bytes anew = key_of(name, CRYPT_MACHINE_KEYSET);
    std::printf("read anew: %d\n", !anew.empty() && anew != before);
    std::printf("for all: %d\n", key_of(name, 0) == anew);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A program that gives the CSP its PIN and uses the key at once, a while later, and through several
// contexts. Findings as csp_probe's.
//
//   csp_pin_probe PROVIDER TYPE later PIN MILLISECONDS   signs, waits, signs again
//   csp_pin_probe PROVIDER TYPE contexts PIN COUNT       so many contexts give the same PIN
#include "windows/csp_client.h"

namespace {

using namespace csp_client;  // NOLINT(google-build-using-namespace): one program's helpers

void sign_once(const Context& context) {
    const HCRYPTHASH hash = hash_of(context.handle, CALG_SHA_256);
    const Bytes signature = signature_of(hash, AT_KEYEXCHANGE, 0);
    const DWORD error = signature.empty() ? GetLastError() : 0;
    std::printf("signature: %zu, error %08lX\n", signature.size(), error);
    CryptDestroyHash(hash);
}

void sign_later(const char* pin, DWORD milliseconds) {
    Context context;
    say("acquire", context.acquire(nullptr, CRYPT_SILENT));
    say("PIN", give_pin(context, pin));
    sign_once(context);
    sign_once(context);
    Sleep(milliseconds);
    sign_once(context);
    say("PIN", give_pin(context, pin));
    sign_once(context);
}

void give_to_contexts(const char* pin, int count) {
    for (int number = 0; number < count; ++number) {
        Context context;
        say("acquire", context.acquire(nullptr, CRYPT_SILENT));
        say("PIN", give_pin(context, pin));
        sign_once(context);
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 6) return 2;
    provider_name = arguments[1];
    provider_type = static_cast<DWORD>(std::atoi(arguments[2]));
    const std::string what = arguments[3];
    if (what == "later") sign_later(arguments[4], static_cast<DWORD>(std::atoi(arguments[5])));
    if (what == "contexts") give_to_contexts(arguments[4], std::atoi(arguments[5]));
    return 0;
}

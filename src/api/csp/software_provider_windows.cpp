// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/csp/software_provider_windows.h"

namespace cardmux::csp {

Outcome<void> software(BOOL succeeded) {
    if (succeeded) return done();
    return refuse(GetLastError());
}

namespace {

/// By its name: the default of its type may be us.
Outcome<HCRYPTPROV> acquire() {
    HCRYPTPROV handle = 0;
    CARDMUX_TRY(software(CryptAcquireContextW(&handle, nullptr, MS_ENH_RSA_AES_PROV_W, PROV_RSA_AES,
                                              CRYPT_VERIFYCONTEXT | CRYPT_SILENT)));
    return handle;
}

}  // namespace

Outcome<std::shared_ptr<SoftwareProvider>> SoftwareProvider::open() {
    // One is never given back: its DLL would be loaded and freed again with each context of ours.
    static const Outcome<HCRYPTPROV> kept = acquire();
    (void)kept;
    CARDMUX_TRY_ASSIGN(const HCRYPTPROV handle, acquire());
    return std::make_shared<SoftwareProvider>(handle);
}

Outcome<SharedSoftwareKey> import_software_key(const std::shared_ptr<SoftwareProvider>& provider,
                                               ByteView blob, const SoftwareKey* wrapping_key,
                                               DWORD flags) {
    HCRYPTKEY handle = 0;
    const HCRYPTKEY wrapping = wrapping_key == nullptr ? 0 : wrapping_key->handle();
    CARDMUX_TRY(
        software(CryptImportKey(provider->handle(), blob.data(), static_cast<DWORD>(blob.size()),
                                wrapping, flags, &handle)));
    return std::make_shared<SoftwareKey>(provider, handle);
}

Outcome<Bytes> finish_software_hash(const SoftwareHash& hash) {
    constexpr DWORD longest = 64;  // SHA-512
    Bytes value(longest);
    DWORD size = longest;
    CARDMUX_TRY(software(CryptGetHashParam(hash.handle(), HP_HASHVAL, value.data(), &size, 0)));
    value.resize(size);
    return value;
}

}  // namespace cardmux::csp

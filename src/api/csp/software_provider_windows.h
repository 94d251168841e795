// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The system's own provider in software (PROV_RSA_AES): hashes, session keys, derivation, public
// keys and random numbers of ours are its. One for each context of ours, so that nobody disturbs
// another's; its calls compute and wait for nothing.
#pragma once

#include <memory>

#include "api/csp/csp_outcome.h"
#include "api/csp/key_blob.h"
#include "api/windows/crypto_api_windows.h"
#include "base/sync.h"

namespace cardmux::csp {

/// What a call into it came to. To be made of nothing but the call itself: its code is the
/// thread's last error.
Outcome<void> software(BOOL succeeded);

class SoftwareProvider {
  public:
    /// errors    what CryptAcquireContext gives
    static Outcome<std::shared_ptr<SoftwareProvider>> open();
    explicit SoftwareProvider(HCRYPTPROV handle) : handle_(handle) {}
    ~SoftwareProvider() { CryptReleaseContext(handle_, 0); }
    SoftwareProvider(const SoftwareProvider&) = delete;
    SoftwareProvider& operator=(const SoftwareProvider&) = delete;

    HCRYPTPROV handle() const { return handle_; }

    struct Turn {};
    /// Held around calls that use a hash or a key: it does not say that it stands two at once.
    Locked<Turn> take_turn() { return turn_.lock(); }

  private:
    const HCRYPTPROV handle_;
    Guarded<Turn> turn_{LockRank::Token};  // below a key's and a context's: they are read inside
};

/// A hash or a key of a software provider, which it keeps alive.
template <typename Handle, BOOL(WINAPI* destroy)(Handle)>
class SoftwareObject {
  public:
    SoftwareObject(std::shared_ptr<SoftwareProvider> provider, Handle handle)
        : provider_(std::move(provider)), handle_(handle) {}
    ~SoftwareObject() { destroy(handle_); }
    SoftwareObject(const SoftwareObject&) = delete;
    SoftwareObject& operator=(const SoftwareObject&) = delete;

    Handle handle() const { return handle_; }

  private:
    const std::shared_ptr<SoftwareProvider> provider_;
    const Handle handle_;
};

/// CryptoAPI calls both handles ULONG_PTR: two types all the same.
class SoftwareHash : public SoftwareObject<HCRYPTHASH, &CryptDestroyHash> {
    using SoftwareObject::SoftwareObject;
};
class SoftwareKey : public SoftwareObject<HCRYPTKEY, &CryptDestroyKey> {
    using SoftwareObject::SoftwareObject;
};
using SharedSoftwareKey = std::shared_ptr<SoftwareKey>;

/// errors    what CryptImportKey gives
Outcome<SharedSoftwareKey> import_software_key(const std::shared_ptr<SoftwareProvider>& provider,
                                               ByteView blob, const SoftwareKey* wrapping_key,
                                               DWORD flags);

/// The value of a hash, which is finished by it.
///
/// errors    what CryptGetHashParam gives
Outcome<Bytes> finish_software_hash(const SoftwareHash& hash);

}  // namespace cardmux::csp

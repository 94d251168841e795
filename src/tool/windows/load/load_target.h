// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What `cardmux load` does to a provider, whichever interface it has: the calls of an ordinary
// program that signs. A CSP or a KSP, through the system or its own entry points directly.
//
// A failure is SystemFailed with the call's name as its operation and what it returned (or the last
// error) as its platform_code. All calls may be made by any number of threads, with any handles,
// also released ones: that is the point.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace cardmux::tool::windows {

using ContextHandle = std::uintptr_t;  ///< HCRYPTPROV or NCRYPT_PROV_HANDLE
using KeyHandle = std::uintptr_t;      ///< HCRYPTKEY or NCRYPT_KEY_HANDLE

struct TargetRequest {
    std::string provider;     ///< its name
    std::string direct_dll;   ///< not empty: call this DLL's entry points
    std::string container;    ///< empty: the default one, or the first
    std::uint32_t type = 0;   ///< of a CSP; 0: as registered, else 1
    bool sign_sha1 = false;   ///< for providers that know no SHA-256
    bool may_prompt = false;  ///< else everything is silent
};

struct TargetFacts {
    std::string provider;
    std::string version;
    std::string reader;
    std::string container;
    std::string key;  ///< "RSA 2048"
    std::string mechanism;
};

class LoadTarget {
  public:
    virtual ~LoadTarget() = default;

    /// errors    SystemFailed, with what the call returned; so in all calls below
    virtual Result<ContextHandle> open() = 0;
    /// Whether a context can have several owners, each of whom closes it: CryptContextAddRef of
    /// advapi32. Neither CNG nor the entry points of a DLL know that.
    virtual bool counts_owners() const = 0;
    /// errors    as open
    virtual Result<void> add_owner(ContextHandle context) = 0;
    /// errors    as open
    virtual Result<void> close(ContextHandle context) = 0;
    /// errors    as open
    virtual Result<void> present_pin(ContextHandle context, const SecretBytes& pin) = 0;

    /// errors    as open
    virtual Result<KeyHandle> open_key(ContextHandle context) = 0;
    /// Reads what programs read of a key: certificate, length, permissions.
    /// errors    as open
    virtual Result<void> read_key(ContextHandle context, KeyHandle key) = 0;
    /// errors    as open
    virtual Result<Bytes> sign(ContextHandle context, KeyHandle key, ByteView hash) = 0;
    /// errors    as open
    virtual Result<void> close_key(ContextHandle context, KeyHandle key) = 0;

    /// As a BCRYPT_RSAPUBLIC_BLOB or BCRYPT_ECCPUBLIC_BLOB.
    ///
    /// errors    as open; DataInvalid: the provider exports something else
    virtual Result<Bytes> public_key(ContextHandle context, KeyHandle key) = 0;
    virtual TargetFacts facts(ContextHandle context, KeyHandle key) = 0;

    /// Whether the interface documents this code for a handle that its own program has released.
    virtual bool is_documented_for_released(std::uint32_t code) const = 0;
    /// Whether a signature is in little-endian order.
    virtual bool is_little_endian() const = 0;
};

/// errors    SystemFailed: the DLL or its entry points are not there
Result<std::unique_ptr<LoadTarget>> make_csp_target(const TargetRequest& request);
/// errors    as make_csp_target
Result<std::unique_ptr<LoadTarget>> make_ksp_target(const TargetRequest& request);

}  // namespace cardmux::tool::windows

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// How this layer uses BCrypt (CNG's primitives). Private to src/crypto.
#pragma once

#include <windows.h>
// after windows.h
#include <bcrypt.h>

#include <memory>

#include "base/bytes.h"

namespace cardmux::crypto {

/// STATUS_INVALID_SIGNATURE. Its header, ntstatus.h, cannot stand beside windows.h.
constexpr NTSTATUS invalid_signature = static_cast<NTSTATUS>(0xc000a000);

enum class BcryptAlgorithm : std::uint8_t {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
    EcdsaP256,
    EcdsaP384,
    Aes,
    TripleDes
};

/// The process's one handle of an algorithm provider: opened at the first use, and never closed,
/// since other threads may be inside while the process exits. Any thread.
///
/// errors    SystemFailed (platform_code: the NTSTATUS)
Result<BCRYPT_ALG_HANDLE> bcrypt_provider(BcryptAlgorithm algorithm);

/// SystemFailed with an NTSTATUS.
Error bcrypt_failed(NTSTATUS status, const char* operation);

/// BCrypt takes inputs as PUCHAR and does not write to them.
inline PUCHAR bcrypt_input(ByteView bytes) {
    return const_cast<PUCHAR>(bytes.data());
}

template <auto destroy>
struct BcryptDestroyer {
    void operator()(void* handle) const { destroy(handle); }
};
using BcryptHash = std::unique_ptr<void, BcryptDestroyer<BCryptDestroyHash>>;
using BcryptKey = std::unique_ptr<void, BcryptDestroyer<BCryptDestroyKey>>;

}  // namespace cardmux::crypto

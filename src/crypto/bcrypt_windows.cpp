// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/bcrypt_windows.h"

#include <array>
#include <atomic>

namespace cardmux::crypto {
namespace {

struct Provider {
    const wchar_t* name;
    std::atomic<BCRYPT_ALG_HANDLE> handle{nullptr};
};

/// In the order of BcryptAlgorithm.
constinit std::array<Provider, 8> providers = {{{BCRYPT_SHA1_ALGORITHM},
                                                {BCRYPT_SHA256_ALGORITHM},
                                                {BCRYPT_SHA384_ALGORITHM},
                                                {BCRYPT_SHA512_ALGORITHM},
                                                {BCRYPT_ECDSA_P256_ALGORITHM},
                                                {BCRYPT_ECDSA_P384_ALGORITHM},
                                                {BCRYPT_AES_ALGORITHM},
                                                {BCRYPT_3DES_ALGORITHM}}};

}  // namespace

Result<BCRYPT_ALG_HANDLE> bcrypt_provider(BcryptAlgorithm algorithm) {
    Provider& provider = providers[static_cast<std::size_t>(algorithm)];
    if (BCRYPT_ALG_HANDLE known = provider.handle.load()) return known;
    BCRYPT_ALG_HANDLE opened = nullptr;
    const NTSTATUS status = BCryptOpenAlgorithmProvider(&opened, provider.name, nullptr, 0);
    if (!BCRYPT_SUCCESS(status)) return bcrypt_failed(status, "open BCrypt provider");
    BCRYPT_ALG_HANDLE first = nullptr;
    if (provider.handle.compare_exchange_strong(first, opened)) return opened;
    BCryptCloseAlgorithmProvider(opened, 0);  // another thread was faster
    return first;
}

Error bcrypt_failed(NTSTATUS status, const char* operation) {
    return Error(ErrorCode::SystemFailed, operation)
        .with_platform_code(static_cast<std::uint32_t>(status));
}

}  // namespace cardmux::crypto

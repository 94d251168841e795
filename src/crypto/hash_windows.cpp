// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <algorithm>
#include <optional>

#include "crypto/bcrypt_windows.h"
#include "crypto/hash.h"
#include "crypto/software/sha224.h"

namespace cardmux::crypto {
namespace {

/// What BCrypt is given at once: its sizes are 32 bits.
constexpr std::size_t part_max = 0x10000;

BcryptAlgorithm algorithm_of(HashAlgorithm algorithm) {
    switch (algorithm) {
        case HashAlgorithm::Sha1:
            return BcryptAlgorithm::Sha1;
        case HashAlgorithm::Sha224:  // not asked for
        case HashAlgorithm::Sha256:
            return BcryptAlgorithm::Sha256;
        case HashAlgorithm::Sha384:
            return BcryptAlgorithm::Sha384;
        case HashAlgorithm::Sha512:
            return BcryptAlgorithm::Sha512;
    }
    return BcryptAlgorithm::Sha256;
}

}  // namespace

struct Hasher::State {
    std::optional<Sha224> sha224;
    BcryptHash hash;  ///< null if it is SHA-224
    std::size_t size = 0;
};

Hasher::Hasher(std::unique_ptr<State> state) : state_(std::move(state)) {}
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

Result<Hasher> Hasher::start(HashAlgorithm algorithm) {
    auto state = std::make_unique<State>();
    state->size = hash_size(algorithm);
    if (algorithm == HashAlgorithm::Sha224) {
        state->sha224.emplace();
        return Hasher(std::move(state));
    }
    CARDMUX_TRY_ASSIGN(const BCRYPT_ALG_HANDLE provider, bcrypt_provider(algorithm_of(algorithm)));
    BCRYPT_HASH_HANDLE handle = nullptr;
    const NTSTATUS status = BCryptCreateHash(provider, &handle, nullptr, 0, nullptr, 0, 0);
    if (!BCRYPT_SUCCESS(status)) return bcrypt_failed(status, "hash");
    state->hash.reset(handle);
    return Hasher(std::move(state));
}

Result<void> Hasher::update(ByteView data) {
    if (state_->sha224) {
        state_->sha224->update(data);
        return success();
    }
    while (!data.empty()) {
        const ByteView part = data.first(std::min(data.size(), part_max));
        const NTSTATUS status = BCryptHashData(state_->hash.get(), bcrypt_input(part),
                                               static_cast<ULONG>(part.size()), 0);
        if (!BCRYPT_SUCCESS(status)) return bcrypt_failed(status, "hash");
        data = data.subspan(part.size());
    }
    return success();
}

Result<Bytes> Hasher::finish() {
    if (state_->sha224) return state_->sha224->finish();
    Bytes result(state_->size);
    const NTSTATUS status =
        BCryptFinishHash(state_->hash.get(), result.data(), static_cast<ULONG>(result.size()), 0);
    if (!BCRYPT_SUCCESS(status)) return bcrypt_failed(status, "hash");
    return result;
}

}  // namespace cardmux::crypto

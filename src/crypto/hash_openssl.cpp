// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// libcrypto's plain SHA functions. They are marked as deprecated, but EVP_Digest* (3.0) first asks
// for an engine, and that reads the host program's openssl.cnf, also in a library context of our
// own: from inside a hash we would load what it names, which may be a provider or an engine that
// loads us.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <variant>

#include "base/secret.h"
#include "crypto/hash.h"

namespace cardmux::crypto {
namespace {

/// One algorithm's functions and its state.
template <typename Context, auto init, auto add, auto finish>
struct Digest {
    Context state;

    bool start() { return init(&state) == 1; }
    bool update(ByteView data) { return add(&state, data.data(), data.size()) == 1; }
    bool final(std::uint8_t* out) { return finish(out, &state) == 1; }
};

using Sha1 = Digest<SHA_CTX, SHA1_Init, SHA1_Update, SHA1_Final>;
using Sha224 = Digest<SHA256_CTX, SHA224_Init, SHA224_Update, SHA224_Final>;
using Sha256 = Digest<SHA256_CTX, SHA256_Init, SHA256_Update, SHA256_Final>;
using Sha384 = Digest<SHA512_CTX, SHA384_Init, SHA384_Update, SHA384_Final>;
using Sha512 = Digest<SHA512_CTX, SHA512_Init, SHA512_Update, SHA512_Final>;
using AnyDigest = std::variant<Sha1, Sha224, Sha256, Sha384, Sha512>;

AnyDigest digest_of(HashAlgorithm algorithm) {
    switch (algorithm) {
        case HashAlgorithm::Sha1:
            return Sha1{};
        case HashAlgorithm::Sha224:
            return Sha224{};
        case HashAlgorithm::Sha256:
            return Sha256{};
        case HashAlgorithm::Sha384:
            return Sha384{};
        case HashAlgorithm::Sha512:
            return Sha512{};
    }
    return Sha256{};
}

Error hash_failed() {
    return Error(ErrorCode::Internal, "hash");
}

}  // namespace

struct Hasher::State {
    explicit State(HashAlgorithm algorithm)
        : digest(digest_of(algorithm)), size(hash_size(algorithm)) {}
    // The seed of a mask is a secret.
    ~State() { wipe({reinterpret_cast<std::uint8_t*>(&digest), sizeof digest}); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    AnyDigest digest;
    std::size_t size;
};

Hasher::Hasher(std::unique_ptr<State> state) : state_(std::move(state)) {}
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

Result<Hasher> Hasher::start(HashAlgorithm algorithm) {
    auto state = std::make_unique<State>(algorithm);
    if (!std::visit([](auto& digest) { return digest.start(); }, state->digest)) {
        return hash_failed();
    }
    return Hasher(std::move(state));
}

Result<void> Hasher::update(ByteView data) {
    if (data.empty()) return success();
    if (!std::visit([&](auto& digest) { return digest.update(data); }, state_->digest)) {
        return hash_failed();
    }
    return success();
}

Result<Bytes> Hasher::finish() {
    Bytes result(state_->size);
    if (!std::visit([&](auto& digest) { return digest.final(result.data()); }, state_->digest)) {
        return hash_failed();
    }
    return result;
}

}  // namespace cardmux::crypto

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Digests, one-shot and in parts: libcrypto's; on Windows BCrypt's, but for SHA-224, which is our
// own (software/sha224.h).
#pragma once

#include <memory>

#include "base/bytes.h"
#include "crypto/public_key.h"

namespace cardmux::crypto {

/// hash_size(algorithm) bytes.
///
/// errors    Internal, SystemFailed
Result<Bytes> hash(HashAlgorithm algorithm, ByteView data);

/// A digest fed in parts. Move-only; used by one thread at a time.
class Hasher {
  public:
    /// errors    Internal, SystemFailed
    static Result<Hasher> start(HashAlgorithm algorithm);
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;
    ~Hasher();

    /// errors    Internal, SystemFailed
    Result<void> update(ByteView data);
    /// Ends the digest; call once.
    ///
    /// errors    Internal, SystemFailed
    Result<Bytes> finish();

  private:
    struct State;
    explicit Hasher(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace cardmux::crypto

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A digest between C_DigestInit and C_Digest or C_DigestFinal. In software.
#pragma once

#include "api/pkcs11/operations/mechanisms.h"
#include "crypto/hash.h"

namespace cardmux::pkcs11 {

class DigestOperation {
  public:
    /// errors    as plan_digest
    static Outcome<DigestOperation> start(const CK_MECHANISM& mechanism) {
        CARDMUX_TRY_ASSIGN(const crypto::HashAlgorithm algorithm, plan_digest(mechanism));
        CARDMUX_TRY_ASSIGN(crypto::Hasher hasher, crypto::Hasher::start(algorithm));
        return DigestOperation(algorithm, std::move(hasher));
    }

    std::size_t result_size() const { return crypto::hash_size(algorithm_); }
    bool is_in_parts() const { return in_parts_; }

    /// errors    Internal
    Outcome<void> update(ByteView part) {
        in_parts_ = true;
        return hasher_.update(part);
    }

    /// Feeds the last part and ends the digest. Call once.
    ///
    /// errors    Internal
    Outcome<Bytes> finish(ByteView last) {
        CARDMUX_TRY(hasher_.update(last));
        CARDMUX_TRY_ASSIGN(Bytes digest, hasher_.finish());
        return digest;
    }

  private:
    DigestOperation(crypto::HashAlgorithm algorithm, crypto::Hasher hasher)
        : algorithm_(algorithm), hasher_(std::move(hasher)) {}

    crypto::HashAlgorithm algorithm_;
    crypto::Hasher hasher_;
    bool in_parts_ = false;
};

}  // namespace cardmux::pkcs11

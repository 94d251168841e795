// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The message of a signature, fed whole or in parts: hashed as it comes, or collected where the
// mechanism takes the caller's bytes as they are.
#pragma once

#include <optional>

#include "api/pkcs11/operations/mechanisms.h"
#include "crypto/hash.h"

namespace cardmux::pkcs11 {

class MessageInput {
  public:
    /// errors    Internal
    static Outcome<MessageInput> start(std::optional<crypto::HashAlgorithm> hash);

    /// errors    CKR_DATA_LEN_RANGE: more than any key can sign without a hash
    Outcome<void> update(ByteView part);

    /// What the signature scheme is fed with: the hash, in a DigestInfo for PKCS #1 v1.5; or the
    /// caller's bytes, with zero bytes in front for raw RSA. Call once.
    ///
    /// errors    CKR_DATA_LEN_RANGE: not what this scheme takes with this key
    Outcome<Bytes> finish(const token::SignatureScheme& scheme, const crypto::PublicKey& key);

  private:
    std::optional<crypto::HashAlgorithm> algorithm_;
    std::optional<crypto::Hasher> hasher_;
    Bytes collected_;
};

}  // namespace cardmux::pkcs11

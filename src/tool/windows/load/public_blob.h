// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A public key in software, apart from the provider that signs: BCrypt checks the signatures.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"

namespace cardmux::tool::windows {

/// From CryptoAPI's PUBLICKEYBLOB (little-endian) to a BCRYPT_RSAPUBLIC_BLOB.
///
/// errors    DataInvalid: it is no such blob
Result<Bytes> rsa_blob_from_csp(ByteView blob);

/// The hash that is signed: of 40 bytes that no other signature of any run has.
///
/// errors    SystemFailed: no BCrypt
Result<Bytes> numbered_hash(std::uint64_t run, std::uint32_t client, std::uint64_t counter,
                            bool sha1);

/// One thread's view of the public key.
class PublicKey {
  public:
    /// blob      BCRYPT_RSAPUBLIC_BLOB or BCRYPT_ECCPUBLIC_BLOB
    /// errors    DataInvalid: BCrypt does not take it
    static Result<PublicKey> from(ByteView blob);
    PublicKey(PublicKey&&) noexcept;
    PublicKey& operator=(PublicKey&&) noexcept;
    ~PublicKey();

    /// signature    big-endian (RSA) or r and s (ECDSA)
    bool accepts(ByteView hash, ByteView signature, bool sha1) const;

  private:
    struct State;
    explicit PublicKey(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace cardmux::tool::windows

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// One session: a party that queues for its token, and the operations it has begun. An operation
// that goes to the card leaves the session first, so no lock is held while the card works; a second
// thread that shares the session meanwhile finds none begun.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "api/pkcs11/module/open_token.h"
#include "api/pkcs11/operations/decrypt_operation.h"
#include "api/pkcs11/operations/digest_operation.h"
#include "api/pkcs11/operations/sign_operation.h"
#include "api/pkcs11/operations/verify_operation.h"

namespace cardmux::pkcs11 {

/// What C_FindObjectsInit found and C_FindObjects has not told yet.
struct FindOperation {
    std::vector<CK_OBJECT_HANDLE> found;
    std::size_t told_count = 0;
};

/// At most one of each kind at a time.
struct Operations {
    std::optional<SignOperation> signing;
    std::optional<VerifyOperation> verifying;
    std::optional<DecryptOperation> decrypting;
    std::optional<DigestOperation> digesting;
    std::optional<FindOperation> finding;
};

class Session {
  public:
    Session(std::shared_ptr<OpenToken> token, token::Client client, bool is_read_write)
        : token_(std::move(token)), client_(client), is_read_write_(is_read_write) {}

    OpenToken& token() const { return *token_; }
    const std::shared_ptr<OpenToken>& token_reference() const { return token_; }
    const token::Client& client() const { return client_; }
    bool is_read_write() const { return is_read_write_; }

    /// Never held while a card is asked.
    Locked<Operations> operations() { return operations_.lock(); }

  private:
    const std::shared_ptr<OpenToken> token_;
    const token::Client client_;
    const bool is_read_write_;
    Guarded<Operations> operations_{LockRank::Session};
};

}  // namespace cardmux::pkcs11

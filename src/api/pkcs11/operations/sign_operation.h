// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A signature between C_SignInit and C_Sign or C_SignFinal: the key as it was at the start, the
// message so far, and for keys that want it each time the PIN. Used by one thread at a time.
#pragma once

#include "api/pkcs11/module/token_objects.h"
#include "api/pkcs11/operations/message_input.h"
#include "base/secret.h"

namespace cardmux::pkcs11 {

class SignOperation {
  public:
    /// errors    CKR_KEY_FUNCTION_NOT_PERMITTED, and as plan_signature
    static Outcome<SignOperation> start(const CK_MECHANISM& mechanism,
                                        std::shared_ptr<const Object> key);

    /// Exact, in bytes.
    std::size_t result_size() const;
    bool is_in_parts() const { return in_parts_; }

    /// errors    as MessageInput::update
    Outcome<void> update(ByteView part);

    /// Feeds the last part and signs.
    ///
    /// errors    as MessageInput::finish and Token::sign
    /// waits     for the card
    Outcome<Bytes> finish(token::Token& token, const token::Client& client, ByteView last);

    /// Whether the key wants its PIN for each operation (CKA_ALWAYS_AUTHENTICATE).
    bool wants_pin() const { return key_->key->pin_policy == drivers::PinPolicy::Always; }
    void set_pin(SecretBytes pin) { pin_ = std::move(pin); }

  private:
    SignOperation(std::shared_ptr<const Object> key, token::SignatureScheme scheme,
                  MessageInput message);

    std::shared_ptr<const Object> key_;
    token::SignatureScheme scheme_;
    MessageInput message_;
    std::optional<SecretBytes> pin_;
    bool in_parts_ = false;
};

}  // namespace cardmux::pkcs11

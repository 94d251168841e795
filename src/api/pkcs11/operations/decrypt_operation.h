// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A decryption between C_DecryptInit and C_Decrypt or C_DecryptFinal. A result that did not fit the
// caller's buffer is kept, so that the second call costs the card nothing.
#pragma once

#include "api/pkcs11/module/token_objects.h"
#include "api/pkcs11/operations/mechanisms.h"
#include "base/secret.h"

namespace cardmux::pkcs11 {

class DecryptOperation {
  public:
    /// errors    CKR_KEY_FUNCTION_NOT_PERMITTED, and as plan_decryption
    static Outcome<DecryptOperation> start(const CK_MECHANISM& mechanism,
                                           std::shared_ptr<const Object> key);

    /// No result is larger. How large it is, only the card can tell.
    std::size_t result_size_max() const;
    bool is_in_parts() const { return in_parts_; }

    /// errors    CKR_ENCRYPTED_DATA_LEN_RANGE: more than the modulus has
    Outcome<void> update(ByteView part);

    /// Feeds the last part and decrypts. May be called again with the same part: no second APDU.
    ///
    /// returns   valid until the next call
    /// errors    CKR_ENCRYPTED_DATA_LEN_RANGE, and as Token::decrypt
    /// waits     for the card
    Outcome<ByteView> finish(token::Token& token, const token::Client& client, ByteView last);

    bool wants_pin() const { return key_->key->pin_policy == drivers::PinPolicy::Always; }
    void set_pin(SecretBytes pin) { pin_ = std::move(pin); }

  private:
    DecryptOperation(std::shared_ptr<const Object> key, token::DecryptionScheme scheme);

    std::shared_ptr<const Object> key_;
    token::DecryptionScheme scheme_;
    Bytes collected_;
    std::optional<SecretBytes> pin_;
    bool in_parts_ = false;

    std::optional<SecretBytes> result_;
    Bytes result_of_;  ///< the input that gave `result_`
};

}  // namespace cardmux::pkcs11

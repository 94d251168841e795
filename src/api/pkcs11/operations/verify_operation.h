// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Checking a signature with a public key of the token, between C_VerifyInit and C_Verify or
// C_VerifyFinal. In software: no card is asked, no login needed.
#pragma once

#include "api/pkcs11/module/token_objects.h"
#include "api/pkcs11/operations/message_input.h"

namespace cardmux::pkcs11 {

class VerifyOperation {
  public:
    /// errors    CKR_KEY_FUNCTION_NOT_PERMITTED, and as plan_signature
    static Outcome<VerifyOperation> start(const CK_MECHANISM& mechanism,
                                          std::shared_ptr<const Object> key);

    bool is_in_parts() const { return in_parts_; }

    /// errors    as MessageInput::update
    Outcome<void> update(ByteView part);

    /// Feeds the last part and compares.
    ///
    /// errors    CKR_SIGNATURE_INVALID, CKR_SIGNATURE_LEN_RANGE, and as MessageInput::finish
    Outcome<void> finish(ByteView last, ByteView signature);

  private:
    VerifyOperation(std::shared_ptr<const Object> key, token::SignatureScheme scheme,
                    MessageInput message);

    std::shared_ptr<const Object> key_;
    token::SignatureScheme scheme_;
    MessageInput message_;
    bool in_parts_ = false;
};

}  // namespace cardmux::pkcs11

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/operations/sign_operation.h"

namespace cardmux::pkcs11 {

SignOperation::SignOperation(std::shared_ptr<const Object> key, token::SignatureScheme scheme,
                             MessageInput message)
    : key_(std::move(key)), scheme_(scheme), message_(std::move(message)) {}

Outcome<SignOperation> SignOperation::start(const CK_MECHANISM& mechanism,
                                            std::shared_ptr<const Object> key) {
    if (!key->key->can_sign) return refuse(CKR_KEY_FUNCTION_NOT_PERMITTED);
    CARDMUX_TRY_ASSIGN(SignaturePlan plan,
                       plan_signature(mechanism, key->key->public_key, CKF_SIGN));
    CARDMUX_TRY_ASSIGN(MessageInput message, MessageInput::start(plan.hash));
    return SignOperation(std::move(key), plan.scheme, std::move(message));
}

std::size_t SignOperation::result_size() const {
    return signature_size(key_->key->public_key);
}

Outcome<void> SignOperation::update(ByteView part) {
    in_parts_ = true;
    return message_.update(part);
}

Outcome<Bytes> SignOperation::finish(token::Token& token, const token::Client& client,
                                     ByteView last) {
    CARDMUX_TRY(message_.update(last));
    token::SignRequest request;
    request.key_reference = key_->key->reference;
    request.public_key = key_->key->public_key;
    request.scheme = scheme_;
    CARDMUX_TRY_ASSIGN(request.input, message_.finish(scheme_, key_->key->public_key));
    request.operation_pin = pin_ ? &*pin_ : nullptr;
    CARDMUX_TRY_ASSIGN(Bytes signature, token.sign(client, request, Deadline::never()));
    return signature;
}

}  // namespace cardmux::pkcs11

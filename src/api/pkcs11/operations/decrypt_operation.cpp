// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/operations/decrypt_operation.h"

namespace cardmux::pkcs11 {

DecryptOperation::DecryptOperation(std::shared_ptr<const Object> key,
                                   token::DecryptionScheme scheme)
    : key_(std::move(key)), scheme_(std::move(scheme)) {}

Outcome<DecryptOperation> DecryptOperation::start(const CK_MECHANISM& mechanism,
                                                  std::shared_ptr<const Object> key) {
    if (!key->key->can_decrypt) return refuse(CKR_KEY_FUNCTION_NOT_PERMITTED);
    CARDMUX_TRY_ASSIGN(token::DecryptionScheme scheme,
                       plan_decryption(mechanism, key->key->public_key));
    return DecryptOperation(std::move(key), std::move(scheme));
}

std::size_t DecryptOperation::result_size_max() const {
    return signature_size(key_->key->public_key);
}

Outcome<void> DecryptOperation::update(ByteView part) {
    in_parts_ = true;
    if (part.size() > result_size_max() - collected_.size()) {
        return refuse(CKR_ENCRYPTED_DATA_LEN_RANGE);
    }
    append(collected_, part);
    return done();
}

Outcome<ByteView> DecryptOperation::finish(token::Token& token, const token::Client& client,
                                           ByteView last) {
    Bytes whole = collected_;
    append(whole, last);
    if (result_ && result_of_ == whole) return result_->view();
    if (whole.size() != result_size_max()) return refuse(CKR_ENCRYPTED_DATA_LEN_RANGE);
    token::DecryptRequest request;
    request.key_reference = key_->key->reference;
    request.public_key = key_->key->public_key;
    request.scheme = scheme_;
    request.input = whole;
    request.operation_pin = pin_ ? &*pin_ : nullptr;
    CARDMUX_TRY_ASSIGN(result_, token.decrypt(client, request, Deadline::never()));
    result_of_ = std::move(whole);
    return result_->view();
}

}  // namespace cardmux::pkcs11

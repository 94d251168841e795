// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/operations/verify_operation.h"

#include "crypto/rsa_padding.h"

namespace cardmux::pkcs11 {
namespace {

/// Whether `signature` is right for `input`, which is what MessageInput::finish made of the
/// message.
Result<bool> rsa_signature_fits(const crypto::RsaPublicKey& key,
                                const token::SignatureScheme& scheme, ByteView input,
                                ByteView signature) {
    if (const auto* pss = std::get_if<token::RsaPss>(&scheme)) {
        const Result<Bytes> block = crypto::rsa_public_operation(key, signature);
        // The modulus or more: no signature of this key (RFC 8017, section 8.1.2, step 2b).
        if (!block.ok() && block.error().code == ErrorCode::DataInvalid) return false;
        if (!block.ok()) return block.error();
        return crypto::pss_block_fits({pss->hash_algorithm, pss->mgf_algorithm, pss->salt_size},
                                      input, crypto::key_bits(key), *block);
    }
    if (std::holds_alternative<token::RsaRaw>(scheme)) {
        return crypto::rsa_result_fits(key, input, signature);
    }
    CARDMUX_TRY_ASSIGN(const Bytes block, crypto::pad_pkcs1_signature(input, key.modulus.size()));
    return crypto::rsa_result_fits(key, block, signature);
}

Result<bool> signature_fits(const crypto::PublicKey& key, const token::SignatureScheme& scheme,
                            ByteView input, ByteView signature) {
    if (const auto* rsa = std::get_if<crypto::RsaPublicKey>(&key)) {
        return rsa_signature_fits(*rsa, scheme, input, signature);
    }
    return crypto::ecdsa_signature_fits(std::get<crypto::EcPublicKey>(key), input, signature);
}

}  // namespace

VerifyOperation::VerifyOperation(std::shared_ptr<const Object> key, token::SignatureScheme scheme,
                                 MessageInput message)
    : key_(std::move(key)), scheme_(scheme), message_(std::move(message)) {}

Outcome<VerifyOperation> VerifyOperation::start(const CK_MECHANISM& mechanism,
                                                std::shared_ptr<const Object> key) {
    if (!key->key->can_sign) return refuse(CKR_KEY_FUNCTION_NOT_PERMITTED);
    CARDMUX_TRY_ASSIGN(SignaturePlan plan,
                       plan_signature(mechanism, key->key->public_key, CKF_VERIFY));
    CARDMUX_TRY_ASSIGN(MessageInput message, MessageInput::start(plan.hash));
    return VerifyOperation(std::move(key), plan.scheme, std::move(message));
}

Outcome<void> VerifyOperation::update(ByteView part) {
    in_parts_ = true;
    return message_.update(part);
}

Outcome<void> VerifyOperation::finish(ByteView last, ByteView signature) {
    const crypto::PublicKey& key = key_->key->public_key;
    if (signature.size() != signature_size(key)) return refuse(CKR_SIGNATURE_LEN_RANGE);
    CARDMUX_TRY(message_.update(last));
    CARDMUX_TRY_ASSIGN(const Bytes input, message_.finish(scheme_, key));
    CARDMUX_TRY_ASSIGN(const bool is_right, signature_fits(key, scheme_, input, signature));
    if (!is_right) return refuse(CKR_SIGNATURE_INVALID);
    return done();
}

}  // namespace cardmux::pkcs11

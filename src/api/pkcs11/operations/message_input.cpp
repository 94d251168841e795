// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/operations/message_input.h"

#include "crypto/rsa_padding.h"

namespace cardmux::pkcs11 {
namespace {

/// More than the largest modulus; hashes are far smaller.
constexpr std::size_t collected_size_max = 1024;

/// RFC 8017, 9.2: 00 01, eight bytes of FF at least, 00.
constexpr std::size_t pkcs1_overhead = 11;

std::size_t modulus_size(const crypto::PublicKey& key) {
    return (crypto::key_bits(key) + 7) / 8;
}

bool fits(const token::SignatureScheme& scheme, const crypto::PublicKey& key, std::size_t size) {
    if (std::holds_alternative<token::RsaRaw>(scheme)) return size <= modulus_size(key);
    if (std::holds_alternative<token::RsaPkcs1>(scheme)) {
        return size + pkcs1_overhead <= modulus_size(key);
    }
    if (const auto* pss = std::get_if<token::RsaPss>(&scheme)) {
        return size == crypto::hash_size(pss->hash_algorithm);
    }
    return size > 0;
}

}  // namespace

Outcome<MessageInput> MessageInput::start(std::optional<crypto::HashAlgorithm> hash) {
    MessageInput message;
    message.algorithm_ = hash;
    if (hash) {
        CARDMUX_TRY_ASSIGN(message.hasher_, crypto::Hasher::start(*hash));
    }
    return message;
}

Outcome<void> MessageInput::update(ByteView part) {
    if (hasher_) return hasher_->update(part);
    if (part.size() > collected_size_max - collected_.size()) return refuse(CKR_DATA_LEN_RANGE);
    append(collected_, part);
    return done();
}

Outcome<Bytes> MessageInput::finish(const token::SignatureScheme& scheme,
                                    const crypto::PublicKey& key) {
    Bytes block = std::move(collected_);
    if (hasher_) {
        CARDMUX_TRY_ASSIGN(block, hasher_->finish());
        if (std::holds_alternative<token::RsaPkcs1>(scheme)) {
            CARDMUX_TRY_ASSIGN(block, crypto::digest_info(*algorithm_, block));
        }
    }
    if (!fits(scheme, key, block.size())) return refuse(CKR_DATA_LEN_RANGE);
    if (std::holds_alternative<token::RsaRaw>(scheme)) {
        block.insert(block.begin(), modulus_size(key) - block.size(), 0);
    }
    return block;
}

}  // namespace cardmux::pkcs11

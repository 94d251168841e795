// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "token/scheme_encoding.h"

#include <algorithm>

#include "crypto/key_agreement.h"
#include "crypto/rsa_padding.h"

namespace cardmux::token {
namespace {

Result<Bytes> raw_block(const crypto::RsaPublicKey& key, ByteView input) {
    if (input.size() != key.modulus.size()) {
        return Error(ErrorCode::DataSizeInvalid, "use a raw RSA block");
    }
    if (!std::ranges::lexicographical_compare(input, key.modulus)) {
        return Error(ErrorCode::DataInvalid, "use a raw RSA block");
    }
    return to_bytes(input);
}

Result<Bytes> encode_rsa(const crypto::RsaPublicKey& key, const SignatureScheme& scheme,
                         ByteView input, RandomSource& random) {
    if (std::holds_alternative<RsaRaw>(scheme)) return raw_block(key, input);
    if (std::holds_alternative<RsaPkcs1>(scheme)) {
        return crypto::pad_pkcs1_signature(input, key.modulus.size());
    }
    if (const auto* pss = std::get_if<RsaPss>(&scheme)) {
        return crypto::pad_pss({pss->hash_algorithm, pss->mgf_algorithm, pss->salt_size}, input,
                               crypto::key_bits(key), random);
    }
    return Error(ErrorCode::NotSupported, "sign with an RSA key");
}

}  // namespace

Result<Bytes> encode_for_signing(const crypto::PublicKey& key, const SignatureScheme& scheme,
                                 ByteView input, RandomSource& random) {
    if (const auto* rsa = std::get_if<crypto::RsaPublicKey>(&key)) {
        return encode_rsa(*rsa, scheme, input, random);
    }
    if (!std::holds_alternative<Ecdsa>(scheme)) {
        return Error(ErrorCode::NotSupported, "sign with an EC key");
    }
    if (input.empty()) return Error(ErrorCode::DataSizeInvalid, "sign with an EC key");
    const std::size_t size = crypto::field_size(std::get<crypto::EcPublicKey>(key).curve);
    return to_bytes(input.first(std::min(input.size(), size)));
}

Result<Bytes> encode_for_decryption(const crypto::PublicKey& key, ByteView input) {
    const auto* rsa = std::get_if<crypto::RsaPublicKey>(&key);
    if (rsa == nullptr) return Error(ErrorCode::NotSupported, "decrypt with an EC key");
    return raw_block(*rsa, input);
}

Result<Bytes> encode_for_deriving(const crypto::PublicKey& key, ByteView peer_point) {
    const auto* elliptic = std::get_if<crypto::EcPublicKey>(&key);
    if (elliptic == nullptr) return Error(ErrorCode::NotSupported, "derive with an RSA key");
    return crypto::agreement_peer(elliptic->curve, peer_point);
}

bool derived_secret_fits(const crypto::PublicKey& key, ByteView secret) {
    const auto* elliptic = std::get_if<crypto::EcPublicKey>(&key);
    return elliptic != nullptr && crypto::can_be_agreed(elliptic->curve, secret);
}

bool result_fits(const crypto::PublicKey& key, ByteView block, ByteView result) {
    const auto* rsa = std::get_if<crypto::RsaPublicKey>(&key);
    const auto fits = rsa != nullptr ? crypto::rsa_result_fits(*rsa, block, result)
                                     : crypto::ecdsa_signature_fits(
                                           std::get<crypto::EcPublicKey>(key), block, result);
    return fits && *fits;
}

Result<SecretBytes> decode_decrypted(const DecryptionScheme& scheme, ByteView block) {
    if (std::holds_alternative<RsaPkcs1>(scheme)) return crypto::unpad_pkcs1_encryption(block);
    if (const auto* oaep = std::get_if<RsaOaep>(&scheme)) {
        return crypto::unpad_oaep(block, oaep->hash_algorithm, oaep->mgf_algorithm, oaep->label);
    }
    return SecretBytes(block);
}

}  // namespace cardmux::token

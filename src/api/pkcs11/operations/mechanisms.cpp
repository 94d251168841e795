// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/operations/mechanisms.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace cardmux::pkcs11 {
namespace {

using crypto::HashAlgorithm;
using Family = MechanismFamily;

constexpr CK_FLAGS sign_verify = CKF_HW | CKF_SIGN | CKF_VERIFY;
constexpr CK_FLAGS sign_verify_decrypt = sign_verify | CKF_DECRYPT;
constexpr CK_FLAGS ecdsa = sign_verify | CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS;

constexpr CK_FLAGS generate = CKF_HW | CKF_GENERATE_KEY_PAIR;

constexpr std::array rows = {
    MechanismRow{CKM_RSA_PKCS_KEY_PAIR_GEN, Family::RsaKeyPair, {}, generate},
    MechanismRow{CKM_EC_KEY_PAIR_GEN,
                 Family::EcKeyPair,
                 {},
                 generate | CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS},
    MechanismRow{CKM_RSA_PKCS, Family::RsaPkcs1, {}, sign_verify_decrypt},
    MechanismRow{CKM_RSA_X_509, Family::RsaRaw, {}, sign_verify_decrypt},
    MechanismRow{CKM_RSA_PKCS_OAEP, Family::RsaOaep, {}, CKF_HW | CKF_DECRYPT},
    MechanismRow{CKM_SHA1_RSA_PKCS, Family::RsaPkcs1, HashAlgorithm::Sha1, sign_verify},
    MechanismRow{CKM_SHA224_RSA_PKCS, Family::RsaPkcs1, HashAlgorithm::Sha224, sign_verify},
    MechanismRow{CKM_SHA256_RSA_PKCS, Family::RsaPkcs1, HashAlgorithm::Sha256, sign_verify},
    MechanismRow{CKM_SHA384_RSA_PKCS, Family::RsaPkcs1, HashAlgorithm::Sha384, sign_verify},
    MechanismRow{CKM_SHA512_RSA_PKCS, Family::RsaPkcs1, HashAlgorithm::Sha512, sign_verify},
    MechanismRow{CKM_RSA_PKCS_PSS, Family::RsaPss, {}, sign_verify},
    MechanismRow{CKM_SHA1_RSA_PKCS_PSS, Family::RsaPss, HashAlgorithm::Sha1, sign_verify},
    MechanismRow{CKM_SHA224_RSA_PKCS_PSS, Family::RsaPss, HashAlgorithm::Sha224, sign_verify},
    MechanismRow{CKM_SHA256_RSA_PKCS_PSS, Family::RsaPss, HashAlgorithm::Sha256, sign_verify},
    MechanismRow{CKM_SHA384_RSA_PKCS_PSS, Family::RsaPss, HashAlgorithm::Sha384, sign_verify},
    MechanismRow{CKM_SHA512_RSA_PKCS_PSS, Family::RsaPss, HashAlgorithm::Sha512, sign_verify},
    MechanismRow{CKM_ECDSA, Family::Ecdsa, {}, ecdsa},
    MechanismRow{CKM_ECDSA_SHA1, Family::Ecdsa, HashAlgorithm::Sha1, ecdsa},
    MechanismRow{CKM_ECDSA_SHA224, Family::Ecdsa, HashAlgorithm::Sha224, ecdsa},
    MechanismRow{CKM_ECDSA_SHA256, Family::Ecdsa, HashAlgorithm::Sha256, ecdsa},
    MechanismRow{CKM_ECDSA_SHA384, Family::Ecdsa, HashAlgorithm::Sha384, ecdsa},
    MechanismRow{CKM_ECDSA_SHA512, Family::Ecdsa, HashAlgorithm::Sha512, ecdsa},
    MechanismRow{CKM_SHA_1, Family::Digest, HashAlgorithm::Sha1, CKF_DIGEST},
    MechanismRow{CKM_SHA224, Family::Digest, HashAlgorithm::Sha224, CKF_DIGEST},
    MechanismRow{CKM_SHA256, Family::Digest, HashAlgorithm::Sha256, CKF_DIGEST},
    MechanismRow{CKM_SHA384, Family::Digest, HashAlgorithm::Sha384, CKF_DIGEST},
    MechanismRow{CKM_SHA512, Family::Digest, HashAlgorithm::Sha512, CKF_DIGEST},
};

bool is_for_rsa(Family family) {
    return family != Family::Ecdsa && family != Family::Digest && family != Family::EcKeyPair;
}

std::size_t modulus_size(const crypto::PublicKey& key) {
    return (crypto::key_bits(key) + 7) / 8;
}

/// Many programs leave rubbish in the size when there is no parameter.
bool has_no_parameter(const CK_MECHANISM& mechanism) {
    return mechanism.pParameter == nullptr || mechanism.ulParameterLen == 0;
}

template <typename Parameters>
std::optional<Parameters> read_parameters(const CK_MECHANISM& mechanism) {
    Parameters parameters{};
    if (mechanism.pParameter == nullptr || mechanism.ulParameterLen != sizeof(parameters))
        return {};
    std::memcpy(&parameters, mechanism.pParameter, sizeof(parameters));
    return parameters;
}

std::optional<HashAlgorithm> digest_algorithm(CK_MECHANISM_TYPE type) {
    const MechanismRow* row = find_mechanism(type);
    if (row == nullptr || row->family != Family::Digest) return {};
    return row->hash;
}

std::optional<HashAlgorithm> mgf_algorithm(CK_RSA_PKCS_MGF_TYPE mgf) {
    switch (mgf) {
        case CKG_MGF1_SHA1:
            return HashAlgorithm::Sha1;
        case CKG_MGF1_SHA224:
            return HashAlgorithm::Sha224;
        case CKG_MGF1_SHA256:
            return HashAlgorithm::Sha256;
        case CKG_MGF1_SHA384:
            return HashAlgorithm::Sha384;
        case CKG_MGF1_SHA512:
            return HashAlgorithm::Sha512;
        default:
            return {};
    }
}

Outcome<token::RsaPss> plan_pss(const CK_MECHANISM& mechanism, const MechanismRow& row,
                                const crypto::PublicKey& key) {
    const auto parameters = read_parameters<CK_RSA_PKCS_PSS_PARAMS>(mechanism);
    if (!parameters) return refuse(CKR_MECHANISM_PARAM_INVALID);
    const auto hash = digest_algorithm(parameters->hashAlg);
    const auto mgf = mgf_algorithm(parameters->mgf);
    if (!hash || !mgf) return refuse(CKR_MECHANISM_PARAM_INVALID);
    if (row.hash && row.hash != hash) return refuse(CKR_MECHANISM_PARAM_INVALID);
    // RFC 8017, 9.1.1: hash, salt and two bytes have to fit.
    const std::size_t room = modulus_size(key);
    if (crypto::hash_size(*hash) + 2 > room ||
        parameters->sLen > room - crypto::hash_size(*hash) - 2) {
        return refuse(CKR_MECHANISM_PARAM_INVALID);
    }
    return token::RsaPss{*hash, *mgf, parameters->sLen};
}

Outcome<token::RsaOaep> plan_oaep(const CK_MECHANISM& mechanism) {
    const auto parameters = read_parameters<CK_RSA_PKCS_OAEP_PARAMS>(mechanism);
    if (!parameters) return refuse(CKR_MECHANISM_PARAM_INVALID);
    const auto hash = digest_algorithm(parameters->hashAlg);
    const auto mgf = mgf_algorithm(parameters->mgf);
    const bool has_label = parameters->ulSourceDataLen > 0;
    const bool label_is_right = !has_label || (parameters->source == CKZ_DATA_SPECIFIED &&
                                               parameters->pSourceData != nullptr);
    if (!hash || !mgf || !label_is_right) return refuse(CKR_MECHANISM_PARAM_INVALID);
    const auto* label = static_cast<const std::uint8_t*>(parameters->pSourceData);
    return token::RsaOaep{*hash, *mgf,
                          has_label ? Bytes(label, label + parameters->ulSourceDataLen) : Bytes()};
}

/// The row, if it serves this purpose and this type of key.
Outcome<const MechanismRow*> usable_row(CK_MECHANISM_TYPE type, const crypto::PublicKey& key,
                                        CK_FLAGS purpose) {
    const MechanismRow* row = find_mechanism(type);
    if (row == nullptr || (row->flags & purpose) == 0) return refuse(CKR_MECHANISM_INVALID);
    if (is_for_rsa(row->family) != std::holds_alternative<crypto::RsaPublicKey>(key)) {
        return refuse(CKR_KEY_TYPE_INCONSISTENT);
    }
    return row;
}

}  // namespace

std::span<const MechanismRow> mechanism_table() {
    return rows;
}

const MechanismRow* find_mechanism(CK_MECHANISM_TYPE type) {
    const auto* const found = std::find_if(
        rows.begin(), rows.end(), [&](const MechanismRow& row) { return row.type == type; });
    return found == rows.end() ? nullptr : found;
}

CK_MECHANISM_INFO mechanism_info(const MechanismRow& row) {
    if (row.family == Family::Digest) return {0, 0, row.flags};
    if (row.family == Family::Ecdsa || row.family == Family::EcKeyPair)
        return {256, 384, row.flags};
    if (row.family == Family::RsaKeyPair) return {2048, 4096, row.flags};
    return {1024, 4096, row.flags};
}

std::vector<CK_ULONG> mechanisms_of(const drivers::CardKey& key, CK_FLAGS flags) {
    CK_FLAGS possible = 0;
    if (key.can_sign) possible |= CKF_SIGN | CKF_VERIFY;
    if (key.can_decrypt) possible |= CKF_DECRYPT;
    std::vector<CK_ULONG> types;
    for (const MechanismRow& row : rows) {
        if (usable_row(row.type, key.public_key, flags & possible).ok()) types.push_back(row.type);
    }
    return types;
}

std::size_t signature_size(const crypto::PublicKey& key) {
    const auto* ec = std::get_if<crypto::EcPublicKey>(&key);
    return ec != nullptr ? 2 * crypto::field_size(ec->curve) : modulus_size(key);
}

Outcome<SignaturePlan> plan_signature(const CK_MECHANISM& mechanism, const crypto::PublicKey& key,
                                      CK_FLAGS purpose) {
    CARDMUX_TRY_ASSIGN(const MechanismRow* row, usable_row(mechanism.mechanism, key, purpose));
    if (row->family == Family::RsaPss) {
        CARDMUX_TRY_ASSIGN(const token::RsaPss pss, plan_pss(mechanism, *row, key));
        return SignaturePlan{row->hash, pss};
    }
    if (!has_no_parameter(mechanism)) return refuse(CKR_MECHANISM_PARAM_INVALID);
    if (row->family == Family::RsaRaw) return SignaturePlan{row->hash, token::RsaRaw{}};
    if (row->family == Family::RsaPkcs1) return SignaturePlan{row->hash, token::RsaPkcs1{}};
    return SignaturePlan{row->hash, token::Ecdsa{}};
}

Outcome<token::DecryptionScheme> plan_decryption(const CK_MECHANISM& mechanism,
                                                 const crypto::PublicKey& key) {
    CARDMUX_TRY_ASSIGN(const MechanismRow* row, usable_row(mechanism.mechanism, key, CKF_DECRYPT));
    if (row->family == Family::RsaOaep) {
        CARDMUX_TRY_ASSIGN(token::RsaOaep oaep, plan_oaep(mechanism));
        return token::DecryptionScheme(std::move(oaep));
    }
    if (!has_no_parameter(mechanism)) return refuse(CKR_MECHANISM_PARAM_INVALID);
    if (row->family == Family::RsaRaw) return token::DecryptionScheme(token::RsaRaw{});
    return token::DecryptionScheme(token::RsaPkcs1{});
}

Outcome<crypto::HashAlgorithm> plan_digest(const CK_MECHANISM& mechanism) {
    const auto algorithm = digest_algorithm(mechanism.mechanism);
    if (!algorithm) return refuse(CKR_MECHANISM_INVALID);
    if (!has_no_parameter(mechanism)) return refuse(CKR_MECHANISM_PARAM_INVALID);
    return *algorithm;
}

}  // namespace cardmux::pkcs11

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/operations/mechanisms.h"

#include <gtest/gtest.h>

namespace cardmux::pkcs11 {
namespace {

const crypto::PublicKey rsa_key = crypto::RsaPublicKey{Bytes(256, 0xc1), {1, 0, 1}};
const crypto::PublicKey ec_key = crypto::EcPublicKey{crypto::Curve::P256, Bytes(65, 4)};

CK_RV code_of(const CK_MECHANISM& mechanism, const crypto::PublicKey& key) {
    const auto plan = plan_signature(mechanism, key, CKF_SIGN);
    return plan.ok() ? CKR_OK : plan.error().code;
}

CK_MECHANISM with(CK_MECHANISM_TYPE type, CK_RSA_PKCS_PSS_PARAMS& parameters) {
    return {type, &parameters, sizeof(parameters)};
}

TEST(Mechanisms, are_in_the_table_once) {
    for (const MechanismRow& row : mechanism_table()) EXPECT_EQ(find_mechanism(row.type), &row);
}

TEST(Mechanisms, refuse_a_key_of_another_type) {
    EXPECT_EQ(code_of({CKM_RSA_PKCS, nullptr, 0}, ec_key), CKR_KEY_TYPE_INCONSISTENT);
    EXPECT_EQ(code_of({CKM_ECDSA, nullptr, 0}, rsa_key), CKR_KEY_TYPE_INCONSISTENT);
}

TEST(Mechanisms, refuse_what_is_not_for_signing) {
    EXPECT_EQ(code_of({CKM_SHA256, nullptr, 0}, rsa_key), CKR_MECHANISM_INVALID);
    EXPECT_EQ(code_of({CKM_RSA_PKCS_OAEP, nullptr, 0}, rsa_key), CKR_MECHANISM_INVALID);
    EXPECT_EQ(code_of({CKM_AES_CBC, nullptr, 0}, rsa_key), CKR_MECHANISM_INVALID);
}

TEST(Mechanisms, refuse_a_parameter_where_none_belongs) {
    int rubbish = 0;
    EXPECT_EQ(code_of({CKM_RSA_PKCS, &rubbish, sizeof(rubbish)}, rsa_key),
              CKR_MECHANISM_PARAM_INVALID);
    EXPECT_EQ(code_of({CKM_RSA_PKCS, nullptr, 99}, rsa_key), CKR_OK);
}

TEST(Mechanisms, read_the_parameters_of_pss) {
    CK_RSA_PKCS_PSS_PARAMS parameters{CKM_SHA384, CKG_MGF1_SHA512, 20};
    const auto plan = plan_signature(with(CKM_RSA_PKCS_PSS, parameters), rsa_key, CKF_SIGN);
    ASSERT_TRUE(plan.ok());
    const auto& pss = std::get<token::RsaPss>((*plan).scheme);
    EXPECT_EQ(pss.hash_algorithm, crypto::HashAlgorithm::Sha384);
    EXPECT_EQ(pss.mgf_algorithm, crypto::HashAlgorithm::Sha512);
    EXPECT_EQ(pss.salt_size, 20u);
    EXPECT_FALSE((*plan).hash);
}

TEST(Mechanisms, refuse_wrong_parameters_of_pss) {
    CK_RSA_PKCS_PSS_PARAMS parameters{CKM_SHA256, CKG_MGF1_SHA256, 32};
    EXPECT_EQ(code_of({CKM_RSA_PKCS_PSS, nullptr, 0}, rsa_key), CKR_MECHANISM_PARAM_INVALID);
    EXPECT_EQ(code_of({CKM_RSA_PKCS_PSS, &parameters, 8}, rsa_key), CKR_MECHANISM_PARAM_INVALID);
    EXPECT_EQ(code_of(with(CKM_SHA256_RSA_PKCS_PSS, parameters), rsa_key), CKR_OK);
    EXPECT_EQ(code_of(with(CKM_SHA512_RSA_PKCS_PSS, parameters), rsa_key),
              CKR_MECHANISM_PARAM_INVALID);
    parameters.mgf = 99;
    EXPECT_EQ(code_of(with(CKM_RSA_PKCS_PSS, parameters), rsa_key), CKR_MECHANISM_PARAM_INVALID);
}

TEST(Mechanisms, refuse_a_salt_that_does_not_fit_the_modulus) {
    CK_RSA_PKCS_PSS_PARAMS parameters{CKM_SHA256, CKG_MGF1_SHA256, 256 - 32 - 2};
    EXPECT_EQ(code_of(with(CKM_RSA_PKCS_PSS, parameters), rsa_key), CKR_OK);
    ++parameters.sLen;
    EXPECT_EQ(code_of(with(CKM_RSA_PKCS_PSS, parameters), rsa_key), CKR_MECHANISM_PARAM_INVALID);
    parameters.sLen = ~CK_ULONG{0};
    EXPECT_EQ(code_of(with(CKM_RSA_PKCS_PSS, parameters), rsa_key), CKR_MECHANISM_PARAM_INVALID);
}

TEST(Mechanisms, read_the_label_of_oaep) {
    CK_BYTE label[] = {'a', 'b'};
    CK_RSA_PKCS_OAEP_PARAMS parameters{CKM_SHA256, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, label, 2};
    const CK_MECHANISM mechanism{CKM_RSA_PKCS_OAEP, &parameters, sizeof(parameters)};
    const auto plan = plan_decryption(mechanism, rsa_key);
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(std::get<token::RsaOaep>(*plan).label, Bytes({'a', 'b'}));
    parameters.pSourceData = nullptr;
    EXPECT_FALSE(plan_decryption(mechanism, rsa_key).ok());
}

TEST(Mechanisms, of_a_key_are_those_it_can_be_used_with) {
    drivers::CardKey key;
    key.public_key = rsa_key;
    key.can_sign = true;
    key.can_decrypt = false;
    const auto has = [](const std::vector<CK_ULONG>& types, CK_MECHANISM_TYPE type) {
        return std::find(types.begin(), types.end(), type) != types.end();
    };
    const auto types = mechanisms_of(key, CKF_SIGN | CKF_DECRYPT);
    EXPECT_TRUE(has(types, CKM_SHA256_RSA_PKCS));
    EXPECT_FALSE(has(types, CKM_RSA_PKCS_OAEP));
    EXPECT_FALSE(has(types, CKM_ECDSA));
    EXPECT_TRUE(mechanisms_of(key, CKF_DECRYPT).empty());
}

TEST(Mechanisms, know_the_size_of_signatures) {
    EXPECT_EQ(signature_size(rsa_key), 256u);
    EXPECT_EQ(signature_size(ec_key), 64u);
}

}  // namespace
}  // namespace cardmux::pkcs11

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The judge against keys and signatures that libcrypto made: it must accept the right ones and no
// others.
#include "tool/load/signature_judge.h"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

#include "crypto/public_key.h"
#include "tool/load/pkcs11_names.h"

namespace cardmux::tool::load {
namespace {

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeKey>;

PrivateKey rsa_key() {
    return PrivateKey(EVP_RSA_gen(2048));
}
PrivateKey ec_key(const char* curve) {
    return PrivateKey(EVP_EC_gen(curve));
}

JudgeKey judge_key(EVP_PKEY* key) {
    std::uint8_t* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    auto judge = JudgeKey::from_public_key_info(ByteView(der, static_cast<std::size_t>(size)));
    OPENSSL_free(der);
    EXPECT_TRUE(judge.ok());
    return std::move(judge).value();
}

/// Signs the message with its hash, as a module would for a mechanism that hashes.
Bytes sign(EVP_PKEY* key, const LoadMechanism& mechanism, ByteView message) {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* use = nullptr;
    EVP_DigestSignInit_ex(context, &use, mechanism.hash, nullptr, nullptr, key, nullptr);
    if (mechanism.is_pss) {
        EVP_PKEY_CTX_set_rsa_padding(use, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(use, RSA_PSS_SALTLEN_DIGEST);
    }
    Bytes signature(1024);
    std::size_t size = signature.size();
    EXPECT_EQ(EVP_DigestSign(context, signature.data(), &size, message.data(), message.size()), 1);
    EVP_MD_CTX_free(context);
    signature.resize(size);
    if (mechanism.family == KeyFamily::Rsa) return signature;
    const auto curve = EVP_PKEY_get_bits(key) == 256 ? crypto::Curve::P256 : crypto::Curve::P384;
    auto joined = crypto::ecdsa_from_der(signature, curve);
    EXPECT_TRUE(joined.ok());
    return joined ? *joined : Bytes();
}

void accepts_only_the_right_signature(EVP_PKEY* key, const char* name) {
    SCOPED_TRACE(name);
    const LoadMechanism& mechanism = *find_mechanism(name);
    const JudgeKey public_key = judge_key(key);
    const auto judge = SignatureJudge::create(public_key, mechanism);
    ASSERT_TRUE(judge.ok());
    const Challenge challenge = judge->make_challenge(7, 1, 42);
    Bytes signature = sign(key, mechanism, challenge.input);
    EXPECT_TRUE(judge->accepts(challenge, signature));
    EXPECT_FALSE(judge->accepts(judge->make_challenge(7, 1, 43), signature));
    EXPECT_FALSE(judge->accepts(challenge, {}));
    EXPECT_FALSE(judge->accepts(challenge, ByteView(signature).first(signature.size() - 1)));
    signature[signature.size() / 2] ^= 1;
    EXPECT_FALSE(judge->accepts(challenge, signature));
    EXPECT_FALSE(judge->accepts(challenge, Bytes(signature.size(), 0)));
}

TEST(SignatureJudge, accepts_only_right_signatures_of_rsa_keys) {
    const PrivateKey key = rsa_key();
    for (const char* name : {"SHA256_RSA_PKCS", "SHA384_RSA_PKCS", "SHA512_RSA_PKCS",
                             "SHA256_RSA_PKCS_PSS", "SHA512_RSA_PKCS_PSS"})
        accepts_only_the_right_signature(key.get(), name);
}

TEST(SignatureJudge, accepts_only_right_signatures_of_ec_keys) {
    accepts_only_the_right_signature(ec_key("P-256").get(), "ECDSA_SHA256");
    accepts_only_the_right_signature(ec_key("P-384").get(), "ECDSA_SHA384");
}

TEST(SignatureJudge, never_gives_the_same_data_twice) {
    const PrivateKey key = rsa_key();
    const JudgeKey public_key = judge_key(key.get());
    const auto judge = SignatureJudge::create(public_key, *find_mechanism("RSA_PKCS"));
    const Bytes input = judge->make_challenge(1, 2, 3).input;
    EXPECT_EQ(input.size(), 51);  // DigestInfo of SHA-256
    EXPECT_NE(input, judge->make_challenge(1, 2, 4).input);
    EXPECT_NE(input, judge->make_challenge(1, 3, 3).input);
    EXPECT_NE(input, judge->make_challenge(2, 2, 3).input);
}

TEST(SignatureJudge, pads_to_the_whole_modulus_for_raw_rsa) {
    const PrivateKey key = rsa_key();
    const JudgeKey public_key = judge_key(key.get());
    const auto judge = SignatureJudge::create(public_key, *find_mechanism("RSA_X_509"));
    const Challenge challenge = judge->make_challenge(1, 2, 3);
    ASSERT_EQ(challenge.input.size(), 256);
    EXPECT_EQ(challenge.input[0], 0);
    EXPECT_EQ(challenge.input[1], 1);
    EXPECT_EQ(challenge.input[256 - 52], 0);
}

TEST(SignatureJudge, refuses_a_mechanism_of_the_other_family) {
    const JudgeKey public_key = judge_key(ec_key("P-256").get());
    EXPECT_FALSE(SignatureJudge::create(public_key, *find_mechanism("RSA_PKCS")).ok());
    EXPECT_EQ(public_key.describe(), "EC 256");
}

TEST(SignatureJudge, refuses_what_is_no_key) {
    EXPECT_FALSE(JudgeKey::from_certificate(bytes_of("no certificate")).ok());
    EXPECT_FALSE(JudgeKey::from_public_key_info(bytes_of("no key")).ok());
    EXPECT_FALSE(JudgeKey::from_ec(bytes_of("no curve"), bytes_of("no point")).ok());
}

TEST(Mechanism, is_found_with_and_without_its_prefix) {
    EXPECT_EQ(find_mechanism("CKM_ECDSA"), find_mechanism("ECDSA"));
    EXPECT_NE(find_mechanism("ECDSA"), nullptr);
    EXPECT_EQ(find_mechanism("ROT13"), nullptr);
}

TEST(ReturnCode, has_the_name_that_the_standard_gives_it) {
    EXPECT_EQ(name_of_return_code(0x30), "CKR_DEVICE_ERROR");
    EXPECT_EQ(name_of_return_code(0xB3), "CKR_SESSION_HANDLE_INVALID");
    EXPECT_EQ(name_of_return_code(0x200), "CKR_FUNCTION_REJECTED");
    EXPECT_EQ(name_of_return_code(0x80000001), "CKR_0x80000001");
    EXPECT_STREQ(name_of(Call::Sign), "C_Sign");
    EXPECT_STREQ(name_of(Call::Finalize), "C_Finalize");
}

}  // namespace
}  // namespace cardmux::tool::load

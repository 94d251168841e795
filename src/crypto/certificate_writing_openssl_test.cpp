// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Aim: OpenSSL takes our certificates for what they are, and their signatures for right.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "crypto/certificate.h"
#include "crypto/certificate_writing.h"

namespace cardmux::crypto {
namespace {

using EvpKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using EvpContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using X509Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

constexpr std::int64_t day = 24 * 60 * 60;
constexpr std::int64_t first_of_may_2026 = 1777593600;

PublicKey public_key_of(EVP_PKEY* key) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    auto parsed = parse_public_key_info({der, static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    EXPECT_TRUE(parsed.ok());
    return std::move(parsed).value_or(PublicKey());
}

/// As a card: the raw operation on a block.
Bytes sign(EVP_PKEY* key, const PublicKey& public_key, const Bytes& block) {
    const EvpContext context(EVP_PKEY_CTX_new(key, nullptr), EVP_PKEY_CTX_free);
    Bytes signature(1024);
    std::size_t size = signature.size();
    const auto* ec = std::get_if<EcPublicKey>(&public_key);
    EXPECT_EQ(EVP_PKEY_sign_init(context.get()), 1);
    if (ec == nullptr) EVP_PKEY_CTX_set_rsa_padding(context.get(), 3);  // RSA_NO_PADDING
    EXPECT_EQ(EVP_PKEY_sign(context.get(), signature.data(), &size, block.data(), block.size()), 1);
    signature.resize(size);
    return ec != nullptr ? ecdsa_from_der(signature, ec->curve).value_or({}) : signature;
}

Bytes certificate_of(EVP_PKEY* key, const CertificateText& text) {
    const PublicKey public_key = public_key_of(key);
    const auto to_sign = certificate_to_sign(public_key, text);
    if (!to_sign) return {};
    const auto block = certificate_block(public_key, *to_sign);
    if (!block) return {};
    return signed_certificate(public_key, *to_sign, sign(key, public_key, *block)).value_or({});
}

TEST(CertificateWriting, makes_certificates_that_openssl_verifies) {
    const CertificateText text{.common_name = "Käthe",
                               .serial_number = {0x80, 0x01},
                               .not_before = first_of_may_2026,
                               .valid_seconds = 30 * 365 * day};
    EvpKey keys[] = {{EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048}), EVP_PKEY_free},
                     {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free},
                     {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"), EVP_PKEY_free}};
    for (const EvpKey& key : keys) {
        const Bytes der = certificate_of(key.get(), text);
        const unsigned char* at = der.data();
        const X509Certificate parsed(d2i_X509(nullptr, &at, static_cast<long>(der.size())),
                                     X509_free);
        ASSERT_NE(parsed, nullptr);
        EXPECT_EQ(at, der.data() + der.size());
        EXPECT_EQ(X509_verify(parsed.get(), key.get()), 1);
        EXPECT_EQ(X509_check_ca(parsed.get()), 0);
        EXPECT_EQ(X509_get_version(parsed.get()), X509_VERSION_3);
        const auto ours = parse_certificate(der);
        ASSERT_TRUE(ours.ok());
        EXPECT_EQ(ours->common_name, "Käthe");
        EXPECT_EQ(ours->not_before, "20260501");
        EXPECT_EQ(ours->not_after, "20560423");
        EXPECT_EQ(to_hex(ours->serial_number), "0203008001");
    }
}

TEST(CertificateWriting, writes_years_before_and_after_2050_as_the_standard_wants) {
    const EvpKey key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free);
    CertificateText text{.common_name = "a", .serial_number = {1}, .not_before = 951782400};
    const std::string early = to_hex(certificate_of(key.get(), text));
    EXPECT_NE(early.find(to_hex(bytes_of("000229000000Z"))), early.npos) << "a leap day";
    text.not_before = 2524607999;
    text.valid_seconds = 1;
    const std::string late = to_hex(certificate_of(key.get(), text));
    EXPECT_NE(late.find("170d" + to_hex(bytes_of("491231235959Z"))), late.npos);
    EXPECT_NE(late.find("180f" + to_hex(bytes_of("20500101000000Z"))), late.npos);
}

}  // namespace
}  // namespace cardmux::crypto

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/piv/self_signed_certificate.h"

#include <gtest/gtest.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>

namespace cardmux::simulation {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate parse(const Bytes& der) {
    const unsigned char* at = der.data();
    return {d2i_X509(nullptr, &at, static_cast<long>(der.size())), X509_free};
}

class SelfSignedCertificate : public testing::TestWithParam<KeyAlgorithm> {
  protected:
    PrivateKey key() {
        return is_rsa(GetParam())
                   ? PrivateKey::generate(library, GetParam()).value()
                   : PrivateKey::derive(library, GetParam(), bytes_of("seed")).value();
    }
    CryptoLibrary library;
    const CertificateText text = {
        .common_name = "card 7 key management", .serial_number = 0x1234, .can_encrypt = true};
};

INSTANTIATE_TEST_SUITE_P(Algorithms, SelfSignedCertificate,
                         testing::Values(KeyAlgorithm::Rsa2048, KeyAlgorithm::P256,
                                         KeyAlgorithm::P384));

TEST_P(SelfSignedCertificate, verifies_with_its_own_key_and_says_what_it_should) {
    const auto der = self_signed_certificate(library, key(), text);
    ASSERT_TRUE(der.ok());
    const Certificate certificate = parse(der.value());
    ASSERT_NE(certificate, nullptr);
    EXPECT_EQ(X509_verify(certificate.get(), X509_get0_pubkey(certificate.get())), 1);
    EXPECT_EQ(X509_NAME_cmp(X509_get_subject_name(certificate.get()),
                            X509_get_issuer_name(certificate.get())),
              0);
    std::array<char, 64> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
    EXPECT_STREQ(name.data(), "card 7 key management");
    EXPECT_EQ(X509_cmp_current_time(X509_get0_notBefore(certificate.get())), -1);
    EXPECT_EQ(X509_cmp_current_time(X509_get0_notAfter(certificate.get())), 1);
    const std::uint32_t usage = X509_get_key_usage(certificate.get());
    EXPECT_EQ(usage,
              KU_DIGITAL_SIGNATURE | (is_rsa(GetParam()) ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT));
}

TEST_P(SelfSignedCertificate, is_the_same_each_time) {
    const PrivateKey same = key();
    const auto one = self_signed_certificate(library, same, text);
    const auto other = self_signed_certificate(library, same, text);
    EXPECT_EQ(one.value(), other.value());
}

TEST_P(SelfSignedCertificate, differs_with_what_it_says) {
    const PrivateKey same = key();
    CertificateText changed = text;
    changed.serial_number += 1;
    EXPECT_NE(self_signed_certificate(library, same, text).value(),
              self_signed_certificate(library, same, changed).value());
}

}  // namespace
}  // namespace cardmux::simulation

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The fields of a certificate against those that libcrypto reads.
#include <gtest/gtest.h>
#include <openssl/x509.h>

#include "crypto/certificate.h"
#include "crypto/test_vectors/certificates.h"

namespace cardmux::crypto {
namespace {

using test_vectors::p256_certificate;
using test_vectors::p384_certificate;
using test_vectors::t61_certificate;

Bytes encoded(int size, unsigned char* bytes) {
    Bytes copy(bytes, bytes + size);
    OPENSSL_free(bytes);
    return copy;
}

std::string date_of(const ASN1_TIME* time) {
    tm parts{};
    ASN1_TIME_to_tm(time, &parts);
    char text[40];
    strftime(text, sizeof text, "%Y%m%d", &parts);
    return text;
}

/// What libcrypto's own parser says.
Certificate as_libcrypto_reads(const Bytes& der) {
    const unsigned char* bytes = der.data();
    X509* parsed = d2i_X509(nullptr, &bytes, static_cast<long>(der.size()));
    Certificate fields;
    fields.der = der;
    unsigned char* out = nullptr;
    int size = i2d_X509_NAME(X509_get_subject_name(parsed), &out);
    fields.subject = encoded(size, std::exchange(out, nullptr));
    size = i2d_X509_NAME(X509_get_issuer_name(parsed), &out);
    fields.issuer = encoded(size, std::exchange(out, nullptr));
    size = i2d_ASN1_INTEGER(X509_get_serialNumber(parsed), &out);
    fields.serial_number = encoded(size, std::exchange(out, nullptr));
    size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(parsed), &out);
    fields.public_key_info = encoded(size, std::exchange(out, nullptr));
    fields.not_before = date_of(X509_get0_notBefore(parsed));
    fields.not_after = date_of(X509_get0_notAfter(parsed));
    X509_free(parsed);
    return fields;
}

TEST(Certificate, has_the_fields_that_libcrypto_reads) {
    for (const std::string_view hex : {p256_certificate, p384_certificate, t61_certificate}) {
        const Bytes der = *from_hex(hex);
        const auto ours = parse_certificate(der);
        ASSERT_TRUE(ours.ok());
        const Certificate theirs = as_libcrypto_reads(der);
        EXPECT_EQ(ours->der, theirs.der);
        EXPECT_EQ(ours->subject, theirs.subject);
        EXPECT_EQ(ours->issuer, theirs.issuer);
        EXPECT_EQ(ours->serial_number, theirs.serial_number);
        EXPECT_EQ(ours->public_key_info, theirs.public_key_info);
        EXPECT_EQ(ours->not_before, theirs.not_before);
        EXPECT_EQ(ours->not_after, theirs.not_after);
    }
}

}  // namespace
}  // namespace cardmux::crypto

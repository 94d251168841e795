// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/derivation/keyed_hash.h"

#include <gtest/gtest.h>

namespace cardmux::ksp {
namespace {

using crypto::HashAlgorithm;

Bytes hex(const std::string& text) {
    return from_hex(text).value_or({});
}

TEST(KeyedHash, hmac_is_that_of_rfc_4231) {
    const auto short_key =
        hmac(HashAlgorithm::Sha256, bytes_of("Jefe"), bytes_of("what do ya want for nothing?"));
    EXPECT_EQ(to_hex(short_key.value().view()),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    const auto long_key = hmac(HashAlgorithm::Sha512, Bytes(131, 0xAA),
                               bytes_of("Test Using Larger Than Block-Size Key - Hash Key First"));
    EXPECT_EQ(to_hex(long_key.value().view()),
              "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
              "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598");
}

// RFC 5869, appendix A: test cases 1 and 3 (no salt, no info).
TEST(KeyedHash, hkdf_is_that_of_rfc_5869) {
    const Bytes secret(22, 0x0b);
    const auto one = hkdf(HashAlgorithm::Sha256, secret, hex("000102030405060708090a0b0c"),
                          hex("f0f1f2f3f4f5f6f7f8f9"), 42);
    EXPECT_EQ(
        to_hex(one.value().view()),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    const auto three = hkdf(HashAlgorithm::Sha256, secret, {}, {}, 42);
    EXPECT_EQ(
        to_hex(three.value().view()),
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
    EXPECT_EQ(hkdf(HashAlgorithm::Sha256, secret, {}, {}, 255 * 32).value().size(), 255u * 32);
    EXPECT_EQ(hkdf(HashAlgorithm::Sha256, secret, {}, {}, 255 * 32 + 1).error().code,
              ErrorCode::DataSizeInvalid);
}

// `openssl kdf -kdfopt digest:MD5-SHA1 ... TLS1-PRF` (OpenSSL 3.0): an even secret, whose halves
// share no byte. An odd one: key_derivation_test.cpp.
TEST(KeyedHash, tls_1_0s_function_adds_md5s_and_sha1s) {
    EXPECT_EQ(to_hex(tls10_prf(hex("01020304"), bytes_of("x"), 48).value().view()),
              "27f6f0cce41e60a9ed70421692f97a131417442b1c1f83592e"
              "d639c4151973965cf82f2c9c29a361020005a69fd80c63");
}

}  // namespace
}  // namespace cardmux::ksp

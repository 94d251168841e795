// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/rsa_completion.h"

#include <gtest/gtest.h>

namespace cardmux::crypto {
namespace {

// Made by `openssl genrsa 1024`, shown by `openssl rsa -text` (OpenSSL 3.0).
constexpr const char* modulus =
    "d5cc038f92e4bc4542132d3e75fc7a4155b5a977db464be8e3bf912660a5e5a4f9c9df38d64e3a30"
    "188d7c163de17dcb528edd3609871842f69c824bae2580ce781dec87a67da79649d9902e396bae05"
    "4cecd6787f769a83260a13b00a6c9001078d267cf7098966d96ab3c21a5aec63a2a6c8c376053a85"
    "2b0f96af1b1f50ff";
constexpr const char* prime_p =
    "ef395ec23661dbc11ee973b43c9f0ba680183ee7f5c8e08210f574e201c643a011e3fe791b9a7e4e"
    "2b95a9633210a5a6e62a7577885c1751e091433a24589aa1";
constexpr const char* prime_q =
    "e4ca2ab2174dde2a0bf5ebeb56d22878b4462934fe3e4ca34a78e03025374322a6561376d5765cc0"
    "eec3fbb6e790a0481ca742a690a1ab8fc9c4a8b35a90e79f";
constexpr const char* exponent_p =
    "6dfcfea864c0917d356d389981d5ce517b4baa8093ed0bec4147d9b99fff3c5078694f32f7920cc8"
    "7c198f8be014ef54d1366c53cd0a2a5ea6d5a3073476d881";
constexpr const char* exponent_q =
    "2b28c41322784affad8fefb84e8188a6f48303c4fe6d2c31e59b95d71f3e248905cdd91022c6984a"
    "c0fff19d1863dd089d7724089de211a6274ed4f038967b4b";
constexpr const char* coefficient =
    "cec1c16219775c5ad696b171394ac5a94f2d342a183788ad9fb2da6ed5a23e750dc8a489bd48dd57"
    "b0044e4af22a4084831a9dcc0d7a61d88f7336d0d35d25b7";
// p^-1 modulo q, by Python's pow().
constexpr const char* swapped_coefficient =
    "1f0d14f20a1dd5c02bd8a784b92c7c2e46a174067e793bfd9bb87f2d95b81e906f311c1cc98c3450"
    "96e1bd841bce59fb4b39e08f63f84ef81e7bdc130a4852f7";

Bytes hex(const std::string& text) {
    return from_hex(text).value_or({});
}

RsaPublicKey public_key() {
    return {hex(modulus), hex("010001")};
}

ErrorCode refusal(const RsaPublicKey& key, const Bytes& p, const Bytes& q) {
    const auto whole = complete_rsa_key(key, p, q);
    return whole.ok() ? ErrorCode::Internal : whole.error().code;
}

TEST(RsaCompletion, gives_openssls_numbers) {
    Bytes p_with_a_zero = hex(prime_p);
    p_with_a_zero.insert(p_with_a_zero.begin(), 0);
    const auto key = complete_rsa_key(public_key(), p_with_a_zero, hex(prime_q));
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(to_hex(key->p.view()), prime_p);
    EXPECT_EQ(to_hex(key->q.view()), prime_q);
    EXPECT_EQ(to_hex(key->dp.view()), exponent_p);
    EXPECT_EQ(to_hex(key->dq.view()), exponent_q);
    EXPECT_EQ(to_hex(key->qinv.view()), coefficient);
}

TEST(RsaCompletion, takes_the_smaller_prime_first_as_well) {
    const auto key = complete_rsa_key(public_key(), hex(prime_q), hex(prime_p));
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(to_hex(key->dp.view()), exponent_q);
    EXPECT_EQ(to_hex(key->dq.view()), exponent_p);
    EXPECT_EQ(to_hex(key->qinv.view()), swapped_coefficient);
}

TEST(RsaCompletion, refuses_numbers_that_are_no_key) {
    Bytes other = hex(prime_p);
    other[5] ^= 1;
    EXPECT_EQ(refusal(public_key(), other, hex(prime_q)), ErrorCode::DataInvalid);
    EXPECT_EQ(refusal(public_key(), hex(prime_p), {}), ErrorCode::DataInvalid);
    EXPECT_EQ(refusal(public_key(), {}, {}), ErrorCode::DataInvalid);
    EXPECT_EQ(refusal(public_key(), hex(modulus), {1}), ErrorCode::DataInvalid);
    EXPECT_EQ(refusal({hex(modulus), hex("0100000001")}, hex(prime_p), hex(prime_q)),
              ErrorCode::NotSupported);
    EXPECT_EQ(refusal({hex(modulus), {3}}, hex(prime_p), hex(prime_q)), ErrorCode::DataInvalid)
        << "3 divides p - 1 or q - 1";
}

}  // namespace
}  // namespace cardmux::crypto

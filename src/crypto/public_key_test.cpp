// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/public_key.h"

#include <gtest/gtest.h>

#include "crypto/test_vectors/vector_file.h"

namespace cardmux::crypto {
namespace {

// The public key of RFC 6979, appendix A.2.5, behind the head that RFC 5480 gives it.
constexpr std::string_view p256_info =
    "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

RsaPublicKey some_rsa_key() {
    const auto entry = test_vectors::read("rsa_pkcs1_verify.rsp", "Result").front();
    return {entry.bytes("n"), entry.bytes("e")};
}

ErrorCode code_of(const Result<PublicKey>& key) {
    return key.ok() ? ErrorCode::Internal : key.error().code;
}

TEST(PublicKeyInfo, reads_a_P256_key_and_writes_the_same_bytes) {
    const auto key = parse_public_key_info(*from_hex(p256_info));
    ASSERT_TRUE(key.ok());
    ASSERT_TRUE(std::holds_alternative<EcPublicKey>(*key));
    EXPECT_EQ(key_bits(*key), 256U);
    EXPECT_EQ(to_hex(*encode_public_key_info(*key)), p256_info);
}

TEST(PublicKeyInfo, reads_a_compressed_point_as_the_same_key) {
    std::string compressed = "3039301306072a8648ce3d020106082a8648ce3d030107032200";
    compressed += "03" + std::string(p256_info.substr(54, 64));
    const auto key = parse_public_key_info(*from_hex(compressed));
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(*key, *parse_public_key_info(*from_hex(p256_info)));
}

TEST(PublicKeyInfo, reads_back_an_RSA_key) {
    const RsaPublicKey key = some_rsa_key();
    EXPECT_EQ(key_bits(key), 2048U);
    const auto info = encode_public_key_info(key);
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(*parse_public_key_info(*info), PublicKey(key));
}

TEST(PublicKeyInfo, counts_the_bits_of_an_odd_sized_modulus) {
    EXPECT_EQ(key_bits(RsaPublicKey{Bytes(129, 0x01), {3}}), 1025U);
    EXPECT_EQ(key_bits(RsaPublicKey{}), 0U);
}

TEST(PublicKeyInfo, refuses_every_truncation_and_what_follows_the_end) {
    Bytes info = *from_hex(p256_info);
    for (std::size_t size = 0; size < info.size(); ++size) {
        EXPECT_EQ(code_of(parse_public_key_info(ByteView(info).first(size))),
                  ErrorCode::CardDataMalformed);
    }
    info.push_back(0);
    EXPECT_EQ(code_of(parse_public_key_info(info)), ErrorCode::CardDataMalformed);
}

TEST(PublicKeyInfo, refuses_a_point_off_the_curve) {
    Bytes info = *from_hex(p256_info);
    info.back() ^= 1;
    EXPECT_EQ(code_of(parse_public_key_info(info)), ErrorCode::CardDataMalformed);
}

TEST(PublicKeyInfo, does_not_support_other_curves_algorithms_and_explicit_parameters) {
    // Ed25519 (RFC 8410, section 10.1), a curve named secp256k1, and parameters that are a
    // SEQUENCE.
    const char* others[] = {
        "302a300506032b657003210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1",
        "3018301006072a8648ce3d020106052b8104000a030400040102",
        "3016300e06072a8648ce3d02013003020101030400040102",
    };
    for (const char* hex : others) {
        EXPECT_EQ(code_of(parse_public_key_info(*from_hex(hex))), ErrorCode::NotSupported) << hex;
    }
}

TEST(EcdsaDer, converts_both_ways) {
    Bytes joined(64);
    joined[31] = 0x01;
    joined[32] = 0x80;
    const auto der = ecdsa_to_der(joined, Curve::P256);
    ASSERT_TRUE(der.ok());
    EXPECT_EQ(to_hex(*der),
              "3026020101022100"
              "80" +
                  std::string(62, '0'));
    EXPECT_EQ(*ecdsa_from_der(*der, Curve::P256), joined);
}

TEST(EcdsaDer, refuses_numbers_that_are_too_long_zero_or_negative) {
    const auto code = [](std::string_view hex) {
        const auto joined = ecdsa_from_der(*from_hex(hex), Curve::P256);
        return joined.ok() ? "" : name_of(joined.error().code);
    };
    EXPECT_STREQ(code("3006020101020101"), "");
    EXPECT_STREQ(code("3006020101020100"), "CardDataMalformed");
    EXPECT_STREQ(code("30060201010201ff"), "CardDataMalformed");
    EXPECT_STREQ(code("300602010102010100"), "CardDataMalformed");
    EXPECT_STREQ(code("3009020101020101020101"), "CardDataMalformed");
    EXPECT_STREQ(code("3003020101"), "CardDataMalformed");
    const std::string long_number =
        "0221"
        "01" +
        std::string(64, '0');
    EXPECT_STREQ(code("3026020101" + long_number), "CardDataMalformed");
}

TEST(EcdsaDer, refuses_a_joined_signature_of_the_wrong_size) {
    EXPECT_EQ(ecdsa_to_der(Bytes(64), Curve::P384).error().code, ErrorCode::DataSizeInvalid);
    EXPECT_EQ(ecdsa_to_der(Bytes(63), Curve::P256).error().code, ErrorCode::DataSizeInvalid);
}

}  // namespace
}  // namespace cardmux::crypto

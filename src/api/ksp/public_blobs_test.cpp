// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/public_blobs.h"

#include <gtest/gtest.h>

#include "api/ksp/little_endian.h"

namespace cardmux::ksp {
namespace {

/// The base point of P-256 (SP 800-186, 3.2.1.3).
const char* const base_point =
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

BlobKey rsa_key() {
    Bytes modulus(256, 0xC3);
    return {crypto::RsaPublicKey{modulus, {0x01, 0x00, 0x01}}, false};
}

BlobKey ec_key(bool derives) {
    return {crypto::EcPublicKey{crypto::Curve::P256, from_hex(base_point).value_or({})}, derives};
}

Status code(const Outcome<BlobKey>& outcome) {
    return outcome.ok() ? status::success : outcome.error().code;
}

TEST(PublicBlobs, keys_come_back_from_every_form) {
    for (const char* type : {"RSAPUBLICBLOB", "PUBLICBLOB", "CAPIPUBLICBLOB"}) {
        const auto blob = encode_public_blob(type, rsa_key());
        ASSERT_TRUE(blob.ok()) << type;
        const auto parsed = parse_public_blob(type, *blob);
        ASSERT_TRUE(parsed.ok()) << type;
        EXPECT_EQ(parsed->key, rsa_key().key) << type;
    }
    for (const bool derives : {false, true}) {
        for (const char* type : {"ECCPUBLICBLOB", "PUBLICBLOB"}) {
            const auto blob = encode_public_blob(type, ec_key(derives));
            ASSERT_TRUE(blob.ok());
            const auto parsed = parse_public_blob(type, *blob);
            ASSERT_TRUE(parsed.ok());
            EXPECT_EQ(parsed->key, ec_key(derives).key);
            EXPECT_EQ(parsed->derives, derives);
        }
    }
}

TEST(PublicBlobs, of_any_curve_need_its_name) {
    constexpr std::uint32_t ecdsa = 0x50444345;  // ECDP
    constexpr std::uint32_t ecdh = 0x504B4345;   // ECKP
    for (const bool derives : {false, true}) {
        Bytes blob;
        append_u32(blob, derives ? ecdh : ecdsa);
        append_u32(blob, 32);
        append(blob, ByteView(from_hex(base_point).value()).subspan(1));
        for (const char* type : {"ECCPUBLICBLOB", "PUBLICBLOB"}) {
            const auto parsed = parse_public_blob(type, blob, "nistP256");
            ASSERT_TRUE(parsed.ok());
            EXPECT_EQ(parsed->key, ec_key(derives).key);
            EXPECT_EQ(parsed->derives, derives);
            EXPECT_EQ(code(parse_public_blob(type, blob)), status::nte_invalid_parameter);
            EXPECT_EQ(code(parse_public_blob(type, blob, "nistP384")), status::nte_bad_data);
            EXPECT_EQ(code(parse_public_blob(type, blob, "nistP521")), status::nte_not_supported);
        }
    }
    const Bytes named = encode_public_blob("ECCPUBLICBLOB", ec_key(true)).value();
    EXPECT_TRUE(parse_public_blob("ECCPUBLICBLOB", named, "secP256r1").ok());
    EXPECT_EQ(code(parse_public_blob("ECCPUBLICBLOB", named, "nistP384")),
              status::nte_invalid_parameter);
}

TEST(PublicBlobs, have_the_layout_of_the_header) {
    const Bytes rsa = encode_public_blob("RSAPUBLICBLOB", rsa_key()).value();
    EXPECT_EQ(to_hex(ByteView(rsa).first(27)),
              "52534131"
              "00080000"
              "03000000"
              "00010000"
              "00000000"
              "00000000"
              "010001");
    EXPECT_EQ(rsa.size(), 24u + 3 + 256);
    const Bytes ecc = encode_public_blob("ECCPUBLICBLOB", ec_key(true)).value();
    EXPECT_EQ(to_hex(ByteView(ecc).first(8)), "45434b3120000000");
    const Bytes legacy = encode_public_blob("CAPIPUBLICBLOB", rsa_key()).value();
    EXPECT_EQ(to_hex(ByteView(legacy).first(20)), "0602000000a40000525341310008000001000100");
}

TEST(PublicBlobs, private_and_foreign_types_are_refused) {
    EXPECT_EQ(encode_public_blob("RSAPRIVATEBLOB", rsa_key()).error().code,
              status::nte_not_supported);
    EXPECT_EQ(encode_public_blob("ECCPUBLICBLOB", rsa_key()).error().code, status::nte_bad_type);
    EXPECT_EQ(encode_public_blob("Something", rsa_key()).error().code, status::nte_bad_type);
    EXPECT_EQ(code(parse_public_blob("Something", {})), status::nte_bad_type);
}

TEST(PublicBlobs, every_shorter_blob_is_bad_data) {
    for (const auto& [type, key] :
         {std::pair{"RSAPUBLICBLOB", rsa_key()}, std::pair{"ECCPUBLICBLOB", ec_key(false)},
          std::pair{"CAPIPUBLICBLOB", rsa_key()}}) {
        const Bytes blob = encode_public_blob(type, key).value();
        for (std::size_t size = 0; size < blob.size(); ++size) {
            EXPECT_EQ(code(parse_public_blob(type, ByteView(blob).first(size))),
                      status::nte_bad_data)
                << type << size;
        }
    }
}

TEST(PublicBlobs, a_point_off_the_curve_is_bad_data) {
    Bytes blob = encode_public_blob("ECCPUBLICBLOB", ec_key(true)).value();
    blob.back() ^= 1;
    EXPECT_EQ(code(parse_public_blob("ECCPUBLICBLOB", blob)), status::nte_bad_data);
}

TEST(LittleEndian, texts_go_there_and_back) {
    for (const std::string& text :
         {std::string(), std::string("abc"), std::string("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")})
        EXPECT_EQ(utf8_of(utf16_of(text)).value_or("?"), text);
    EXPECT_EQ(utf16_of("A"), (Bytes{0x41, 0, 0, 0}));
    EXPECT_FALSE(utf8_of(Bytes{0x41}).ok());
    EXPECT_FALSE(utf8_of(Bytes{0x00, 0xD8}).ok()) << "half a pair";
    EXPECT_FALSE(utf8_of(Bytes{0, 0, 0x41, 0}).ok()) << "a zero within";
}

}  // namespace
}  // namespace cardmux::ksp

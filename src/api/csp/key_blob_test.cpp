// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/csp/key_blob.h"

#include <gtest/gtest.h>

namespace cardmux::csp {
namespace {

constexpr AlgorithmId rsa_keyx = 0xA400;
constexpr AlgorithmId aes_256 = 0x6610;

/// 1024 bits, odd, the top bit set.
crypto::RsaPublicKey some_key() {
    crypto::RsaPublicKey key;
    key.modulus.resize(128);
    for (std::size_t i = 0; i < key.modulus.size(); ++i)
        key.modulus[i] = static_cast<std::uint8_t>(0x80 + i);
    key.exponent = {1, 0, 1};
    return key;
}

TEST(KeyBlob, a_public_key_is_written_as_wincrypt_says) {
    const auto blob = make_public_key_blob({rsa_keyx, some_key()});
    ASSERT_TRUE(blob.ok());
    EXPECT_EQ(to_hex(ByteView(*blob).first(20)),
              "0602000000a400005253413100040000"
              "01000100");
    ASSERT_EQ(blob->size(), 20U + 128U);
    EXPECT_EQ((*blob)[20], 0xFF);  // the modulus' last byte is the first here
    EXPECT_EQ(blob->back(), 0x80);
}

TEST(KeyBlob, a_public_key_is_read_as_it_was_written) {
    const auto blob = make_public_key_blob({rsa_keyx, some_key()});
    ASSERT_TRUE(blob.ok());
    const auto key = parse_public_key_blob(*blob);
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key->algorithm, rsa_keyx);
    EXPECT_EQ(key->key, some_key());
}

TEST(KeyBlob, what_is_cut_off_anywhere_is_refused) {
    const auto blob = make_public_key_blob({rsa_keyx, some_key()});
    ASSERT_TRUE(blob.ok());
    for (std::size_t size = 0; size < blob->size(); ++size)
        EXPECT_FALSE(parse_public_key_blob(ByteView(*blob).first(size)).ok()) << size;
}

TEST(KeyBlob, a_length_that_is_a_lie_is_refused) {
    Bytes blob = *make_public_key_blob({rsa_keyx, some_key()});
    for (std::size_t i = 12; i < 16; ++i) blob[i] = 0xFF;
    EXPECT_FALSE(parse_public_key_blob(blob).ok());
}

/// Each private number's bytes are its place: 1 for p, 2 for q, ...; the exponent's are 6.
Bytes some_private_blob() {
    Bytes blob = *make_public_key_blob({rsa_keyx, some_key()});
    blob[0] = 7;
    blob[11] = '2';
    for (std::uint8_t place = 1; place <= 5; ++place) append(blob, Bytes(64, place));
    append(blob, Bytes(128, 6));
    blob[20 + 128] = 0xEE;  // the last byte of p
    return blob;
}

TEST(KeyBlob, a_private_key_has_its_numbers_in_the_order_of_wincrypt) {
    const auto blob = parse_private_key_blob(some_private_blob());
    ASSERT_TRUE(blob.ok());
    EXPECT_EQ(blob->algorithm, rsa_keyx);
    EXPECT_EQ(blob->key.public_key, some_key());
    EXPECT_EQ(to_hex(blob->key.p.view().last(2)), "01ee");
    const SecretBytes* const others[] = {&blob->key.q, &blob->key.dp, &blob->key.dq,
                                         &blob->key.qinv};
    std::uint8_t place = 2;
    for (const SecretBytes* number : others)
        EXPECT_EQ(to_bytes(number->view()), Bytes(64, place++));
}

TEST(KeyBlob, a_private_key_that_is_cut_off_or_a_public_one_is_refused) {
    const Bytes blob = some_private_blob();
    for (std::size_t size = 0; size < blob.size(); ++size)
        EXPECT_FALSE(parse_private_key_blob(ByteView(blob).first(size)).ok()) << size;
    EXPECT_FALSE(parse_private_key_blob(*make_public_key_blob({rsa_keyx, some_key()})).ok());
}

TEST(KeyBlob, a_private_key_whose_modulus_is_shorter_than_it_says_is_refused) {
    Bytes blob = some_private_blob();
    blob[20 + 127] = 0;  // the modulus' highest byte
    EXPECT_FALSE(parse_private_key_blob(blob).ok());
}

TEST(KeyBlob, an_exponent_that_has_no_room_is_refused) {
    crypto::RsaPublicKey key = some_key();
    key.exponent = {1, 0, 0, 0, 1};
    const auto blob = make_public_key_blob({rsa_keyx, key});
    ASSERT_FALSE(blob.ok());
    EXPECT_EQ(blob.error().code, ErrorCode::NotSupported);
}

TEST(KeyBlob, a_session_key_says_what_it_is_wrapped_with) {
    const auto bytes = from_hex("01020000 10660000 00a40000 aabbcc");
    ASSERT_TRUE(bytes.ok());
    const auto blob = parse_simple_blob(*bytes);
    ASSERT_TRUE(blob.ok());
    EXPECT_EQ(blob->algorithm, aes_256);
    EXPECT_EQ(blob->wrapping_algorithm, rsa_keyx);
    EXPECT_EQ(to_hex(blob->wrapped), "aabbcc");
    EXPECT_FALSE(parse_simple_blob(ByteView(*bytes).first(12)).ok());
}

TEST(KeyBlob, a_session_key_in_the_clear_has_its_length) {
    const SecretBytes blob = make_plaintext_key_blob(aes_256, Bytes{1, 2, 3});
    EXPECT_EQ(to_hex(blob.view()),
              "0802000010660000"
              "03000000"
              "010203");
}

}  // namespace
}  // namespace cardmux::csp

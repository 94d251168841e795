// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Aim: the cipher is the standard's, by its published vectors (AES: FIPS 197, appendix C; 3DES: SP
// 800-67, appendix B).
#include "crypto/block_cipher.h"

#include <gtest/gtest.h>

namespace cardmux::crypto {
namespace {

Bytes hex(const char* text) {
    return from_hex(text).value_or({});
}

struct Vector {
    BlockCipher cipher;
    const char* key;
    const char* clear;
    const char* encrypted;
};

constexpr Vector vectors[] = {
    {BlockCipher::Aes128, "000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
     "69c4e0d86a7b0430d8cdb78070b4c55a"},
    {BlockCipher::Aes192, "000102030405060708090a0b0c0d0e0f1011121314151617",
     "00112233445566778899aabbccddeeff", "dda97ca4864cdfe06eaf70a0ec0d7191"},
    {BlockCipher::Aes256, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "00112233445566778899aabbccddeeff", "8ea2b7ca516745bfeafc49904b496089"},
    {BlockCipher::TripleDes, "0123456789abcdef23456789abcdef01456789abcdef0123", "5468652071756663",
     "a826fd8ce53b855f"},
};

TEST(BlockCipher, gives_what_the_standards_say) {
    for (const Vector& vector : vectors) {
        const SecretBytes key(hex(vector.key));
        const auto encrypted = encrypt_block(vector.cipher, key, hex(vector.clear));
        ASSERT_TRUE(encrypted.ok()) << to_string(encrypted.error());
        EXPECT_EQ(to_hex(*encrypted), vector.encrypted);
        const auto decrypted = decrypt_block(vector.cipher, key, hex(vector.encrypted));
        ASSERT_TRUE(decrypted.ok());
        EXPECT_EQ(to_hex(*decrypted), vector.clear);
    }
}

TEST(BlockCipher, takes_one_block_and_a_key_of_the_right_size) {
    for (const Vector& vector : vectors) {
        const Bytes key = hex(vector.key);
        const Bytes block = hex(vector.clear);
        const auto code = [&](ByteView k, ByteView b) {
            const auto result = encrypt_block(vector.cipher, SecretBytes(k), b);
            return result.ok() ? ErrorCode::Internal : result.error().code;
        };
        EXPECT_EQ(code(ByteView(key).first(key.size() - 1), block), ErrorCode::DataSizeInvalid);
        EXPECT_EQ(code(key, ByteView(block).first(7)), ErrorCode::DataSizeInvalid);
        EXPECT_EQ(code({}, {}), ErrorCode::DataSizeInvalid);
    }
}

}  // namespace
}  // namespace cardmux::crypto

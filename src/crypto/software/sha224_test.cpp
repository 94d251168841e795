// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/software/sha224.h"

#include <gtest/gtest.h>

namespace cardmux::crypto {
namespace {

std::string digest_of(std::string_view text) {
    Sha224 sha;
    sha.update(bytes_of(text));
    return to_hex(sha.finish());
}

// FIPS 180-2, change notice 1, and of nothing: NIST's byte test vectors (shabytetestvectors.zip).
TEST(Sha224, gives_the_values_of_FIPS_180) {
    EXPECT_EQ(digest_of("abc"), "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
    EXPECT_EQ(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525");
    EXPECT_EQ(digest_of(std::string(1000000, 'a')),
              "20794655980c91d8bbb4c1ea97618a4bf03f42581948b2ee4ee7ad67");
    EXPECT_EQ(digest_of(""), "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f");
}

}  // namespace
}  // namespace cardmux::crypto

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/hash.h"

#include <gtest/gtest.h>

namespace cardmux::crypto {
namespace {

struct KnownHash {
    HashAlgorithm algorithm;
    const char* of_abc;
    const char* of_two_blocks;
};

// FIPS 180-2, appendices A to D and change notice 1: "abc", and the 448-bit message.
const KnownHash known_hashes[] = {
    {HashAlgorithm::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d",
     "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
    {HashAlgorithm::Sha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
     "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525"},
    {HashAlgorithm::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {HashAlgorithm::Sha384,
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
     "8086072ba1e7cc2358baeca134c825a7",
     "3391fdddfc8dc7393707a65b1b4709397cf8b1d162af05abfe8f450de5f36bc6"
     "b0455a8520bc4e6f5fe95b1fe3c8452b"},
    {HashAlgorithm::Sha512,
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c335"
     "96fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445"},
};

struct LongHash {
    HashAlgorithm algorithm;
    const char* of_a_million;
};

// FIPS 180-2, the third example of each appendix: a million times "a".
const LongHash long_hashes[] = {
    {HashAlgorithm::Sha1, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
    {HashAlgorithm::Sha224, "20794655980c91d8bbb4c1ea97618a4bf03f42581948b2ee4ee7ad67"},
    {HashAlgorithm::Sha256, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    {HashAlgorithm::Sha384,
     "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b"
     "07b8b3dc38ecc4ebae97ddd87f3d8985"},
    {HashAlgorithm::Sha512,
     "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
     "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"},
};

constexpr std::string_view two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

TEST(Hash, gives_the_values_of_FIPS_180) {
    for (const KnownHash& known : known_hashes) {
        EXPECT_EQ(to_hex(*hash(known.algorithm, bytes_of("abc"))), known.of_abc);
        EXPECT_EQ(to_hex(*hash(known.algorithm, bytes_of(two_blocks))), known.of_two_blocks);
        EXPECT_EQ(hash(known.algorithm, {})->size(), hash_size(known.algorithm));
    }
}

TEST(Hash, is_the_same_in_parts) {
    for (const KnownHash& known : known_hashes) {
        auto hasher = Hasher::start(known.algorithm);
        ASSERT_TRUE(hasher.ok());
        ASSERT_TRUE(hasher->update(bytes_of(two_blocks.substr(0, 1))).ok());
        ASSERT_TRUE(hasher->update({}).ok());
        Hasher moved = std::move(*hasher);
        ASSERT_TRUE(moved.update(bytes_of(two_blocks.substr(1))).ok());
        EXPECT_EQ(to_hex(*moved.finish()), known.of_two_blocks);
    }
}

TEST(Hash, takes_more_than_one_part_of_what_is_long) {
    const std::string million(1000000, 'a');
    for (const LongHash& known : long_hashes) {
        EXPECT_EQ(to_hex(*hash(known.algorithm, bytes_of(million))), known.of_a_million);
    }
}

}  // namespace
}  // namespace cardmux::crypto

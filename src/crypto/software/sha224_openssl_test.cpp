// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Our own SHA-224 against libcrypto's, which is what hash() uses here.
#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "crypto/software/sha224.h"

namespace cardmux::crypto {
namespace {

TEST(Sha224, is_libcryptos_at_every_size_and_in_parts) {
    Bytes data;
    for (std::size_t size = 0; size < 300; ++size) {
        Sha224 sha;
        sha.update(ByteView(data).first(size / 3));
        sha.update({});
        sha.update(ByteView(data).subspan(size / 3));
        EXPECT_EQ(sha.finish(), *hash(HashAlgorithm::Sha224, data)) << size;
        data.push_back(static_cast<std::uint8_t>(size * 7));
    }
}

}  // namespace
}  // namespace cardmux::crypto

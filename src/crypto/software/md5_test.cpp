// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/software/md5.h"

#include <gtest/gtest.h>

namespace cardmux::crypto {
namespace {

// RFC 1321, appendix A.5.
TEST(Md5, gives_the_values_of_RFC_1321) {
    const auto digest_of = [](std::string_view text) { return to_hex(md5(bytes_of(text))); };
    EXPECT_EQ(digest_of(""), "d41d8cd98f00b204e9800998ecf8427e");
    EXPECT_EQ(digest_of("abc"), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(digest_of("abcdefghijklmnopqrstuvwxyz"), "c3fcd3d76192e4007dfb496cca67e13b");
    EXPECT_EQ(digest_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
              "d174ab98d277d9f5a5611c2c9f419d9f");
    EXPECT_EQ(digest_of("1234567890123456789012345678901234567890"
                        "1234567890123456789012345678901234567890"),
              "57edf4a22be3c955ac49da2e2107b67a");
}

// As coreutils' md5sum has it.
TEST(Md5, is_right_around_the_ends_of_blocks) {
    const auto digest_of_as = [](std::size_t count) { return to_hex(md5(Bytes(count, 'a'))); };
    EXPECT_EQ(digest_of_as(55), "ef1772b6dff9a122358552954ad0df65");
    EXPECT_EQ(digest_of_as(56), "3b0c8ac703f828b04c6c197006d17218");
    EXPECT_EQ(digest_of_as(64), "014842d480b571495a4a0363793f7367");
    EXPECT_EQ(digest_of_as(119), "8a7bd0732ed6a28ce75f6dabc90e1613");
    EXPECT_EQ(digest_of_as(120), "5f61c0ccad4cac44c75ff505e1f1e537");
}

}  // namespace
}  // namespace cardmux::crypto

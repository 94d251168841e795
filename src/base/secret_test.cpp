// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/secret.h"

#include <gtest/gtest.h>

#include <new>
#include <string_view>
#include <utility>

namespace cardmux {
namespace {

SecretBytes secret(std::string_view text) {
    return SecretBytes(bytes_of(text));
}

TEST(SecretBytes, hold_what_they_were_given) {
    const SecretBytes pin = secret("123456");
    EXPECT_EQ(to_hex(pin.view()), "313233343536");
    EXPECT_EQ(pin.size(), 6U);
    EXPECT_FALSE(pin.empty());
    EXPECT_TRUE(SecretBytes().empty());
    EXPECT_TRUE(secret("").empty());
}

TEST(SecretBytes, are_compared_by_size_and_every_byte) {
    const SecretBytes pin = secret("123456");
    EXPECT_TRUE(pin.equals(secret("123456")));
    EXPECT_FALSE(pin.equals(secret("123457")));
    EXPECT_FALSE(pin.equals(secret("023456")));
    EXPECT_FALSE(pin.equals(secret("12345")));
    EXPECT_FALSE(pin.equals(SecretBytes()));
    EXPECT_TRUE(SecretBytes().equals(secret("")));
}

TEST(SecretBytes, move_without_leaving_anything_behind) {
    SecretBytes first = secret("123456");
    SecretBytes second = std::move(first);
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): what is left is the question
    EXPECT_EQ(second.size(), 6U);
    second = secret("87654321");
    EXPECT_TRUE(second.equals(secret("87654321")));
    SecretBytes& itself = second;
    second = std::move(itself);
    EXPECT_TRUE(second.equals(secret("87654321")));
}

TEST(SecretBytes, are_copied_only_by_clone_into_memory_of_its_own) {
    static_assert(!std::is_copy_constructible_v<SecretBytes>);
    static_assert(!std::is_copy_assignable_v<SecretBytes>);
    const SecretBytes pin = secret("123456");
    const SecretBytes copy = pin.clone();
    EXPECT_TRUE(copy.equals(pin));
    EXPECT_NE(copy.view().data(), pin.view().data());
}

TEST(WipedAtEnd, is_zeros_whatever_ends_it) {
    Bytes memory{1, 2, 3};
    const auto use = [&memory](bool throws) {
        const WipedAtEnd wiped(memory);
        memory[0] = 7;
        if (throws) throw std::bad_alloc();
    };
    use(false);
    EXPECT_EQ(memory, Bytes(3));
    EXPECT_THROW(use(true), std::bad_alloc);
    EXPECT_EQ(memory, Bytes(3));
}

TEST(Wipe, overwrites_with_zeros) {
    Bytes memory{1, 2, 3};
    wipe(memory);
    EXPECT_EQ(memory, Bytes(3));
    wipe({});
}

}  // namespace
}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Aim: our own PKCS #11 declarations are the standard's. Method: sizes, offsets and values compared
// with two headers written by others, each in a translation unit of its own.
#include <gtest/gtest.h>

#include "header_facts.h"

namespace {

void compare(const header_facts::Facts& ours, const header_facts::Facts& theirs) {
    ASSERT_EQ(ours.size(), theirs.size());
    for (const auto& [name, value] : theirs) EXPECT_EQ(ours.at(name), value) << name;
}

TEST(Pkcs11Header, agrees_with_p11_kit) {
    compare(header_facts::of_cardmux_shared_with_p11kit(), header_facts::of_p11kit());
}

TEST(Pkcs11Header, agrees_with_nss) {
    compare(header_facts::of_cardmux_shared_with_nss(), header_facts::of_nss());
}

}  // namespace

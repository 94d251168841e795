// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Aim: whatever a card has stored as names, each of its containers has one, and no other has it.
#include "container/container.h"

#include <gtest/gtest.h>

#include "token/derived_name.h"

namespace cardmux::container {
namespace {

using Names = std::vector<std::string>;

class ContainerNames : public testing::Test {
  protected:
    ContainerNames() {
        contents_.identity = {"PIV", "YubiKey PIV", "1", Bytes(16, 0xAB)};
        for (const std::uint8_t reference : std::initializer_list<std::uint8_t>{0x9A, 0x9C, 0x9D}) {
            token::TokenKey key;
            key.key.reference = reference;
            contents_.keys.push_back(key);
        }
    }
    Names names_with(const std::string& a, const std::string& b, const std::string& c) {
        contents_.keys[0].container_name = a;
        contents_.keys[1].container_name = b;
        contents_.keys[2].container_name = c;
        Names names;
        for (const Container& container : containers_of(contents_)) names.push_back(container.name);
        return names;
    }
    std::string derived(std::uint8_t reference) {
        return token::derived_container_name(contents_.identity, reference);
    }

    token::TokenContents contents_;
};

TEST_F(ContainerNames, are_the_stored_ones_and_else_the_derived_ones) {
    EXPECT_EQ(names_with("", "", ""), (Names{derived(0x9A), derived(0x9C), derived(0x9D)}));
    EXPECT_EQ(names_with("Käthe", "", "x"), (Names{"Käthe", derived(0x9C), "x"}));
    EXPECT_EQ(derived(0x9A), "piv-9a-abababababababababababababababab");
}

TEST_F(ContainerNames, that_two_keys_claim_count_for_neither) {
    EXPECT_EQ(names_with("same", "SAME", "x"), (Names{derived(0x9A), derived(0x9C), "x"}));
    EXPECT_EQ(names_with(derived(0x9C), "", "x"), (Names{derived(0x9A), derived(0x9C), "x"}));
    EXPECT_EQ(names_with(derived(0x9A), "", ""),
              (Names{derived(0x9A), derived(0x9C), derived(0x9D)}))
        << "one's own";
}

TEST_F(ContainerNames, that_cannot_be_names_do_not_count) {
    EXPECT_EQ(names_with(std::string(39, 'a'), std::string(40, 'a'), "a\\b"),
              (Names{std::string(39, 'a'), derived(0x9C), derived(0x9D)}));
    std::string wide;
    for (int i = 0; i < 39; ++i) wide += "ä";
    EXPECT_EQ(names_with(wide, wide + "ä", std::string("a\0b", 3)),
              (Names{wide, derived(0x9C), derived(0x9D)}));
}

}  // namespace
}  // namespace cardmux::container

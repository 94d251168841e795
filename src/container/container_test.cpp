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

// ---- new containers -----------------------------------------------------------------------------

CardInReader card_with(std::uint8_t id, std::vector<std::uint8_t> free_places, bool keeps_names) {
    auto contents = std::make_shared<token::TokenContents>();
    contents->identity = {"PIV", "PIV card", "1", Bytes(16, id)};
    contents->free_places = std::move(free_places);
    contents->keeps_names = keeps_names;
    return {id, "Reader " + std::to_string(id), nullptr, contents};
}

using Places = std::vector<std::uint8_t>;

TEST(NewContainer, goes_to_the_first_card_that_takes_one_of_this_name) {
    const CardsThere there{{card_with(0, {}, true), card_with(1, {0x9A}, false),
                            card_with(2, {0x9D}, true), card_with(3, {0x9D}, true)},
                           {}};
    EXPECT_EQ(card_for_new_container(there, "letters")->slot, 2U);
    EXPECT_EQ(card_for_new_container(there, "")->slot, 1U) << "any card names it";
}

TEST(NewContainer, of_a_derived_name_goes_to_the_card_that_it_is_derived_from) {
    CardsThere there{{card_with(1, {0x9A}, true), card_with(2, {}, false)}, {}};
    const auto& identity = there.cards[1].contents->identity;
    const std::string name = token::derived_container_name(identity, 0x9D);
    EXPECT_EQ(card_for_new_container(there, name)->slot, 2U);
    EXPECT_EQ(place_named(identity, name), std::optional<std::uint8_t>(0x9D));
    EXPECT_EQ(place_named(there.cards[0].contents->identity, name), std::nullopt);
    there.left_out = LeftOut{0, Error(ErrorCode::CardBusy, "read")};
    EXPECT_EQ(card_for_new_container(there, name)->slot, 2U) << "no other can be meant";
}

TEST(NewContainer, that_no_card_takes_goes_to_the_first_which_says_why) {
    const CardsThere there{{card_with(0, {}, false), card_with(1, {}, true)}, {}};
    EXPECT_EQ(card_for_new_container(there, "letters")->slot, 0U);
    EXPECT_EQ(card_for_new_container(there, "")->slot, 0U);
}

TEST(NewContainer, waits_for_a_card_that_was_left_out_if_it_may_be_the_one) {
    const auto code_with = [](provider::SlotId left_out, Places free_places) {
        CardsThere there{{card_with(1, {}, false), card_with(2, std::move(free_places), false)},
                         {}};
        there.left_out = LeftOut{left_out, Error(ErrorCode::CardBusy, "read")};
        const auto card = card_for_new_container(there, "");
        return card.ok() ? ErrorCode::Internal : card.error().code;
    };
    EXPECT_EQ(code_with(0, {0x9A}), ErrorCode::CardBusy);
    EXPECT_EQ(code_with(3, {0x9A}), ErrorCode::Internal) << "a later card changes nothing";
    EXPECT_EQ(code_with(3, {}), ErrorCode::CardBusy) << "it may have room";
}

TEST(FirstCard, is_none_that_comes_after_one_that_was_left_out) {
    CardsThere there{{card_with(1, {}, false)}, {}};
    EXPECT_EQ(first_card(there)->slot, 1U);
    there.left_out = LeftOut{0, Error(ErrorCode::CardBusy, "read")};
    EXPECT_FALSE(first_card(there).ok());
    there.left_out->slot = 2;
    EXPECT_TRUE(first_card(there).ok());
}

}  // namespace
}  // namespace cardmux::container

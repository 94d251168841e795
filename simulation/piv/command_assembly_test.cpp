// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Lengths, chains and pieces, on a card whose objects have known sizes.
#include <gtest/gtest.h>

#include "simulation/piv/card_test_user.h"

namespace cardmux::simulation {
namespace {

/// A card that has an object of exactly `size` bytes with its tag and length, in 5FC106.
class CommandAssemblyTest : public testing::Test {
  protected:
    static PivCardOptions with(PivCardBehavior behavior) {
        return {.provisioned = false, .behavior = behavior};
    }
    static void store(CardTestUser& user, std::size_t size) {
        user.select();
        ASSERT_EQ(user.authenticate_manager().word, 0x9000);
        const std::size_t head = size > 259 ? 4 : size > 129 ? 3 : 2;
        Bytes data = from_hex("5C035FC106 53").value();
        const std::size_t content = size - head;
        if (head == 4) append(data, Bytes{0x82, static_cast<std::uint8_t>(content >> 8)});
        if (head == 3) data.push_back(0x81);
        data.push_back(static_cast<std::uint8_t>(content));
        data.resize(data.size() + content, 0x77);
        ASSERT_EQ(user.chained(0xDB, 0x3F, 0xFF, data).word, 0x9000);
    }

    const std::string get_short = "00CB3FFF055C035FC10600";
    const std::string get_extended = "00CB3FFF0000055C035FC1060000";
};

TEST_F(CommandAssemblyTest, gives_long_answers_to_short_commands_in_pieces) {
    CardTestUser user(with({}));
    store(user, 600);
    Answer part = user.send(get_short);
    EXPECT_EQ(part.data.size(), 256U);
    EXPECT_EQ(part.word, 0x6100) << "256 or more";
    part = user.send("00C0000000");
    EXPECT_EQ(part.data.size(), 256U);
    EXPECT_EQ(part.word, 0x6158);
    part = user.send("00C0000058");
    EXPECT_EQ(part.data.size(), 88U);
    EXPECT_EQ(part.word, 0x9000);
    EXPECT_EQ(user.send("00C0000000").word, 0x6985);
}

TEST_F(CommandAssemblyTest, gives_exactly_what_fits_at_once) {
    CardTestUser user(with({}));
    store(user, 256);
    EXPECT_EQ(user.send(get_short).word, 0x9000);
    store(user, 257);
    EXPECT_EQ(user.send(get_short).word, 0x6101);
}

TEST_F(CommandAssemblyTest, gives_no_more_than_was_asked_for) {
    CardTestUser user(with({}));
    store(user, 100);
    const Answer part = user.send("00CB3FFF055C035FC1060A");
    EXPECT_EQ(part.data.size(), 10U);
    EXPECT_EQ(part.word, 0x615A);
    EXPECT_EQ(user.send("00C0000014").data.size(), 20U);
    EXPECT_EQ(user.send("00C0000000").data.size(), 70U);
}

TEST_F(CommandAssemblyTest, gives_long_answers_to_extended_commands_in_full_or_in_pieces) {
    CardTestUser full(with({}));
    store(full, 600);
    EXPECT_EQ(full.send(get_extended).word, 0x9000);
    EXPECT_EQ(full.send(get_extended).data.size(), 600U);
    CardTestUser pieces(with({.answers_61_always = true}));
    store(pieces, 600);
    EXPECT_EQ(pieces.send(get_extended).word, 0x6100);
    EXPECT_EQ(pieces.send("00C0000000").word, 0x6158);
    EXPECT_EQ(pieces.send("00C0000000").word, 0x9000);
}

TEST_F(CommandAssemblyTest, refuses_extended_length_where_there_is_none) {
    CardTestUser user(with({.extended_length = false}));
    store(user, 600);
    EXPECT_EQ(user.send(get_extended).word, 0x6700);
    EXPECT_EQ(user.send(get_short).word, 0x6100);
}

TEST_F(CommandAssemblyTest, answers_without_le_as_if_all_were_wanted) {
    CardTestUser user(with({}));
    store(user, 300);
    EXPECT_EQ(user.send("00CB3FFF055C035FC106").word, 0x612C);
}

TEST_F(CommandAssemblyTest, forgets_pieces_when_another_command_comes) {
    CardTestUser user(with({}));
    store(user, 600);
    user.send(get_short);
    user.send("00200080");
    EXPECT_EQ(user.send("00C0000000").word, 0x6985);
}

TEST_F(CommandAssemblyTest, forgets_a_chain_when_another_command_comes) {
    CardTestUser user(with({}));
    store(user, 100);
    EXPECT_EQ(user.send("10CB3FFF025C03").word, 0x9000);
    EXPECT_EQ(user.send("00200080").word, 0x63C3);
    EXPECT_EQ(user.send("00CB3FFF035FC10600").word, 0x6A80) << "the second half alone";
    EXPECT_EQ(user.send("10CB3FFF025C03").word, 0x9000);
    EXPECT_EQ(user.send("00CB3FFF035FC10600").word, 0x9000) << "both halves";
}

TEST_F(CommandAssemblyTest, forgets_a_chain_at_reset) {
    CardTestUser user(with({}));
    store(user, 100);
    user.send("10CB3FFF025C03");
    user.card().reset();
    user.select();
    EXPECT_EQ(user.send("00CB3FFF035FC10600").word, 0x6A80);
}

TEST_F(CommandAssemblyTest, refuses_chains_without_end) {
    CardTestUser user(with({}));
    user.select();
    std::string part = "10DB3FFFFF";
    for (int i = 0; i < 255; ++i) part += "00";
    std::uint16_t word = 0x9000;
    int parts = 0;
    while (word == 0x9000 && parts < 1000) {
        word = user.send(part).word;
        ++parts;
    }
    EXPECT_EQ(word, 0x6700);
    EXPECT_EQ(parts, 129);
}

TEST_F(CommandAssemblyTest, refuses_classes_and_lengths_that_it_does_not_know) {
    CardTestUser user(with({}));
    user.select();
    EXPECT_EQ(user.send("80200080").word, 0x6E00);
    EXPECT_EQ(user.send("01200080").word, 0x6E00);
    EXPECT_EQ(user.send("0C200080").word, 0x6882);
    EXPECT_EQ(user.send("002000").word, 0x6700);
    EXPECT_EQ(user.send("").word, 0x6700);
    EXPECT_EQ(user.send("0020008008313233").word, 0x6700);
    EXPECT_EQ(user.send("002000800000").word, 0x6700);
}

}  // namespace
}  // namespace cardmux::simulation

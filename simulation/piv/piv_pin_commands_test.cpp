// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>

#include "simulation/piv/card_test_user.h"

namespace cardmux::simulation {
namespace {

class PivPinCommands : public testing::Test {
  protected:
    static PivCardOptions bare() { return {.provisioned = false}; }

    std::uint16_t status() { return user.send("00200080").word; }
    std::uint16_t change(const std::string& reference, const std::string& data) {
        return user.send("002400" + reference + "10" + data).word;
    }
    std::uint16_t unblock(const std::string& data) { return user.send("002C008010" + data).word; }

    CardTestUser user{bare()};

    void SetUp() override { user.select(); }

    const std::string pin = "313233343536FFFF";
    const std::string wrong_pin = "313131313131FFFF";
    const std::string new_pin = "393837363534FFFF";
    const std::string puk = "3132333435363738";
    const std::string wrong_puk = "3838383838383838";
};

TEST_F(PivPinCommands, verify_counts_down_blocks_and_says_so) {
    EXPECT_EQ(user.verify("111111").word, 0x63C2);
    EXPECT_EQ(status(), 0x63C2);
    EXPECT_EQ(user.verify("111111").word, 0x63C1);
    EXPECT_EQ(user.verify("111111").word, 0x63C0);
    EXPECT_EQ(user.verify("111111").word, 0x6983);
    EXPECT_EQ(user.verify("123456").word, 0x6983);
    EXPECT_EQ(status(), 0x6983);
    EXPECT_EQ(user.card().pin_tries_left(), 0);
}

TEST_F(PivPinCommands, verify_gives_all_tries_back_when_it_succeeds) {
    user.verify("111111");
    EXPECT_EQ(user.verify().word, 0x9000);
    EXPECT_EQ(status(), 0x9000);
    EXPECT_EQ(user.card().pin_tries_left(), 3);
}

TEST_F(PivPinCommands, a_wrong_pin_takes_authority_away) {
    user.verify();
    EXPECT_EQ(user.verify("111111").word, 0x63C2);
    EXPECT_EQ(status(), 0x63C2);
}

TEST_F(PivPinCommands, a_pin_that_none_can_be_is_not_counted) {
    for (const char* data :
         {"05 3132333435", "08 3132333435FFFFFF", "08 FFFFFFFFFFFFFFFF", "08 3132333435FF3637",
          "08 313233343561FFFF", "09 3132333435363738 39", "08 0000000000000000"}) {
        EXPECT_EQ(user.send(std::string("00200080") + data).word, 0x6A80) << data;
    }
    EXPECT_EQ(user.card().pin_tries_left(), 3);
    EXPECT_EQ(user.card().statistics().verify_attempts, 0U);
}

TEST_F(PivPinCommands, a_yubikey_takes_letters_in_a_pin) {
    PivCardOptions options = bare();
    options.behavior.yubico = true;
    CardTestUser yubikey(options);
    yubikey.select();
    EXPECT_EQ(yubikey.verify("secret").word, 0x63C2);
}

TEST_F(PivPinCommands, only_the_application_pin_can_be_verified) {
    EXPECT_EQ(user.send("0020000008313233343536FFFF").word, 0x6A88);
    EXPECT_EQ(user.send("0020008108313233343536FFFF").word, 0x6A88);
    EXPECT_EQ(user.send("0020018008313233343536FFFF").word, 0x6A86);
}

TEST_F(PivPinCommands, logout_takes_authority_away_and_costs_nothing) {
    user.verify();
    EXPECT_EQ(user.send("0020FF80").word, 0x9000);
    EXPECT_EQ(status(), 0x63C3);
    EXPECT_EQ(user.send("0020FF80").word, 0x9000);
    EXPECT_EQ(user.send("0020FF8008313233343536FFFF").word, 0x6A80);
}

TEST_F(PivPinCommands, logout_is_refused_in_two_ways_where_it_is_missing) {
    for (const std::uint16_t refusal : {std::uint16_t{0x6A86}, std::uint16_t{0x6B00}}) {
        PivCardOptions options = bare();
        options.behavior.has_logout = false;
        options.behavior.logout_refusal = refusal;
        CardTestUser without(options);
        without.select();
        without.verify();
        EXPECT_EQ(without.send("0020FF80").word, refusal);
        EXPECT_EQ(without.send("00200080").word, 0x9000);
    }
}

TEST_F(PivPinCommands, the_pin_can_be_changed_by_who_knows_it) {
    EXPECT_EQ(change("80", wrong_pin + new_pin), 0x63C2);
    EXPECT_EQ(change("80", pin + new_pin), 0x9000);
    EXPECT_EQ(status(), 0x9000);
    user.send("0020FF80");
    EXPECT_EQ(status(), 0x63C3);
    EXPECT_EQ(user.verify("123456").word, 0x63C2);
    EXPECT_EQ(user.verify("987654").word, 0x9000);
}

TEST_F(PivPinCommands, a_new_pin_that_none_can_be_changes_and_counts_nothing) {
    EXPECT_EQ(change("80", wrong_pin + "3132FFFFFFFFFFFF"), 0x6A80);
    EXPECT_EQ(change("80", pin + "FFFFFFFFFFFFFFFF"), 0x6A80);
    EXPECT_EQ(change("82", pin + new_pin), 0x6A88);
    EXPECT_EQ(user.send("0024008008" + pin).word, 0x6A80);
    EXPECT_EQ(user.card().pin_tries_left(), 3);
}

TEST_F(PivPinCommands, the_puk_can_be_changed_and_has_tries_of_its_own) {
    EXPECT_EQ(change("81", wrong_puk + puk), 0x63C2);
    EXPECT_EQ(change("81", puk + wrong_puk), 0x9000);
    EXPECT_EQ(change("81", puk + puk), 0x63C2);
    EXPECT_EQ(status(), 0x63C3);
}

TEST_F(PivPinCommands, the_puk_unblocks_the_pin) {
    for (int i = 0; i < 3; ++i) user.verify("111111");
    EXPECT_EQ(unblock(wrong_puk + new_pin), 0x63C2);
    EXPECT_EQ(status(), 0x6983);
    EXPECT_EQ(unblock(puk + new_pin), 0x9000);
    EXPECT_EQ(status(), 0x63C3) << "it is not verified by that";
    EXPECT_EQ(user.verify("987654").word, 0x9000);
}

TEST_F(PivPinCommands, the_puk_blocks_after_its_tries) {
    for (const int word : {0x63C2, 0x63C1, 0x63C0, 0x6983}) {
        EXPECT_EQ(unblock(wrong_puk + new_pin), word);
    }
    EXPECT_EQ(unblock(puk + new_pin), 0x6983);
}

TEST_F(PivPinCommands, cards_may_have_other_pins_and_tries) {
    CardTestUser other({.pin = "87654321",
                        .puk = "11223344",
                        .pin_tries = 5,
                        .puk_tries = 4,
                        .provisioned = false});
    other.select();
    EXPECT_EQ(other.send("00200080").word, 0x63C5);
    EXPECT_EQ(other.verify("87654321").word, 0x9000);
    EXPECT_EQ(other.send("002C008010" + wrong_puk + new_pin).word, 0x63C3);
}

}  // namespace
}  // namespace cardmux::simulation

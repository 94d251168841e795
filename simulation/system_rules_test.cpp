// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Windows' rules for transactions, as switches of the simulated transport.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "simulation/simulated_piv_card.h"
#include "simulation/simulated_transport.h"

namespace cardmux::simulation {
namespace {

using std::chrono::milliseconds;
using transport::CardConnection;
using transport::Disposition;

const std::string reader = "Reader 0";
const Bytes select_piv = from_hex("00A404000BA00000030800001000010000").value();
const Bytes verify = from_hex("0020008008313233343536FFFF").value();

template <typename T>
ErrorCode code_of(const Result<T>& result) {
    return result.ok() ? ErrorCode::Internal : result.error().code;
}

class SystemRulesTest : public testing::Test {
  protected:
    void start(SystemRules rules) {
        world = std::make_unique<SimulatedTransport>(SimulatedTransportOptions{.rules = rules});
        world->add_reader(reader);
        world->insert(reader, card);
    }
    /// Windows' five seconds are another time in tests, where nothing depends on the number.
    static SystemRules idle_limit(Duration limit) {
        SystemRules rules = SystemRules::windows();
        rules.idle_limit = limit;
        return rules;
    }
    std::unique_ptr<CardConnection> connect() {
        return world->connect_service().value()->connect(reader).value();
    }

    std::unique_ptr<SimulatedTransport> world;
    std::shared_ptr<SimulatedPivCard> card =
        SimulatedPivCard::create({.serial_number = 1, .provisioned = false}).value();
};

TEST_F(SystemRulesTest, a_card_left_idle_in_a_transaction_is_reset_and_its_holder_told) {
    start(idle_limit(milliseconds(100)));
    auto holder = connect();
    ASSERT_TRUE(holder->begin().ok());
    ASSERT_TRUE(holder->transmit(select_piv).ok());
    ASSERT_TRUE(holder->transmit(verify).ok());
    ASSERT_TRUE(card->is_pin_verified());
    sleep_for(milliseconds(200));
    EXPECT_EQ(code_of(holder->transmit(select_piv)), ErrorCode::CardReset);
    EXPECT_FALSE(card->is_pin_verified());
    EXPECT_EQ(world->idle_resets(), 1U);
    EXPECT_EQ(code_of(holder->end(Disposition::Leave)), ErrorCode::CardReset);
    EXPECT_EQ(code_of(holder->begin()), ErrorCode::CardReset) << "until it reconnects";
    ASSERT_TRUE(holder->reconnect(Disposition::Leave).ok());
    EXPECT_TRUE(holder->begin().ok());
}

TEST_F(SystemRulesTest, who_waits_for_an_idle_transaction_gets_the_card_when_it_is_over) {
    start(idle_limit(milliseconds(100)));
    auto holder = connect();
    auto other = connect();
    ASSERT_TRUE(holder->begin().ok());
    EXPECT_EQ(code_of(other->begin()), ErrorCode::CardReset);
    ASSERT_TRUE(other->reconnect(Disposition::Leave).ok());
    EXPECT_TRUE(other->begin().ok());
    EXPECT_EQ(world->idle_resets(), 1U);
}

TEST_F(SystemRulesTest, every_command_begins_the_idle_time_anew) {
    start(idle_limit(std::chrono::seconds(1)));
    auto holder = connect();
    ASSERT_TRUE(holder->begin().ok());
    for (int i = 0; i < 6; ++i) {
        sleep_for(milliseconds(250));
        ASSERT_TRUE(holder->transmit(select_piv).ok());
    }
    EXPECT_EQ(world->idle_resets(), 0U);
}

TEST_F(SystemRulesTest, a_card_that_computes_is_not_idle) {
    start(idle_limit(milliseconds(400)));
    auto holder = connect();
    auto other = connect();
    card->set_delay(milliseconds(1200));
    ASSERT_TRUE(holder->begin().ok());
    std::atomic<bool> waits{true};
    std::thread waiter([&] {
        (void)other->begin();  // looks at the clock all the time
        waits = false;
    });
    EXPECT_TRUE(holder->transmit(select_piv).ok());
    EXPECT_TRUE(waits);
    EXPECT_EQ(world->idle_resets(), 0U);
    EXPECT_TRUE(holder->end(Disposition::Leave).ok());
    waiter.join();
}

TEST_F(SystemRulesTest, a_card_outside_of_transactions_may_idle) {
    start(idle_limit(milliseconds(50)));
    auto connection = connect();
    ASSERT_TRUE(connection->begin().ok());
    ASSERT_TRUE(connection->end(Disposition::Leave).ok());
    sleep_for(milliseconds(150));
    EXPECT_TRUE(connection->begin().ok());
    EXPECT_EQ(world->idle_resets(), 0U);
}

TEST_F(SystemRulesTest, a_begin_that_tells_of_a_reset_has_the_card_until_reconnect) {
    start({.begin_takes_a_reset_card = true, .reconnect_ends_transactions = true});
    auto one = connect();
    world->reset(reader);
    auto other = connect();
    EXPECT_EQ(code_of(one->begin()), ErrorCode::CardReset);
    std::atomic<bool> waits{true};
    std::thread waiter([&] {
        EXPECT_TRUE(other->begin().ok());
        waits = false;
    });
    sleep_for(milliseconds(50));
    EXPECT_TRUE(waits);
    EXPECT_TRUE(one->reconnect(Disposition::Leave).ok());
    waiter.join();
}

TEST_F(SystemRulesTest, reconnect_gives_transactions_up) {
    start({.reconnect_ends_transactions = true});
    auto one = connect();
    auto other = connect();
    ASSERT_TRUE(one->begin().ok());
    ASSERT_TRUE(one->begin().ok());
    ASSERT_TRUE(one->reconnect(Disposition::Leave).ok());
    EXPECT_TRUE(other->begin().ok());
}

}  // namespace
}  // namespace cardmux::simulation

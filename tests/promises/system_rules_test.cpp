// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// G5, G6 and G9 under the rules of Windows' resource manager, which resets a card that is left idle
// in a transaction for five seconds. Our holds end before; should one not, nobody notices.
#include <atomic>

#include "tests/promises/world.h"

namespace cardmux::promises {
namespace {

using simulation::SystemRules;
using std::chrono::milliseconds;

class WindowsRules : public World {
  protected:
    void start(SystemRules rules) {
        transport_ = std::make_shared<simulation::SimulatedTransport>(
            simulation::SimulatedTransportOptions{Duration::zero(), "test world", rules});
        insert(make_card(1));
    }
    static Settings holding(Duration hold) {
        Settings settings;
        settings.hold = hold;
        return settings;
    }
    /// Signs, and leaves the card alone until the hold is over: authority is off the card then.
    void hold_once(Process& process) {
        ASSERT_TRUE(process.sign().ok());
        EXPECT_TRUE(card_->is_pin_verified()) << "else nothing is held";
        ASSERT_TRUE(soon([&] { return !card_->is_pin_verified(); }));
    }
};

TEST_F(WindowsRules, the_hold_of_windows_ends_long_before_the_idle_limit) {
    start(SystemRules::windows());
    Process process(transport_, holding(milliseconds(1500)));
    ASSERT_TRUE(process.login());
    hold_once(process);
    EXPECT_EQ(transport_->idle_resets(), 0U);
}

TEST_F(WindowsRules, the_longest_hold_ends_before_the_idle_limit) {
    start(SystemRules::windows());
    Process process(transport_, holding(std::chrono::seconds(4)));
    ASSERT_TRUE(process.login());
    hold_once(process);
    EXPECT_EQ(transport_->idle_resets(), 0U);
    ASSERT_TRUE(process.sign().ok());
    EXPECT_EQ(wrong_pins(), 0U);
}

TEST_F(WindowsRules, a_card_that_computes_longer_than_the_idle_limit_is_not_reset) {
    SystemRules rules = SystemRules::windows();
    rules.idle_limit = milliseconds(300);
    start(rules);
    Process process(transport_, holding(milliseconds(50)));
    ASSERT_TRUE(process.login());
    const std::uint64_t operations = card_->statistics().private_key_operations;
    card_->set_delay(milliseconds(600));
    EXPECT_TRUE(process.sign().ok());
    card_->set_delay(Duration::zero());
    EXPECT_EQ(transport_->idle_resets(), 0U);
    EXPECT_EQ(card_->statistics().private_key_operations, operations + 1) << "at the first attempt";
}

/// The other side of the promise: a hold beyond the limit does meet it, and is recovered from.
TEST_F(WindowsRules, a_hold_beyond_the_idle_limit_costs_the_card_a_reset_and_the_caller_nothing) {
    SystemRules rules = SystemRules::windows();
    rules.idle_limit = milliseconds(200);
    start(rules);
    Process process(transport_, holding(std::chrono::seconds(2)));
    ASSERT_TRUE(process.login());
    for (std::uint64_t turn = 1; turn <= 3; ++turn) {
        ASSERT_TRUE(process.sign().ok());
        EXPECT_TRUE(soon([&] { return transport_->idle_resets() >= turn; }));
    }
    EXPECT_TRUE(process.sign().ok());
    EXPECT_EQ(wrong_pins(), 0U);
    EXPECT_EQ(card_->pin_tries_left(), 3);
}

/// Two processes, and somebody who resets: each begin that tells of it has the card, and must give
/// it up before the other can go on.
TEST_F(WindowsRules, resets_under_load_disturb_neither_of_two_processes) {
    start(SystemRules::windows());
    Settings settings = holding(milliseconds(20));
    settings.shared_folder = shared_folder();
    Process one(transport_, settings);
    Process other(transport_, settings);
    ASSERT_TRUE(one.login());
    ASSERT_TRUE(other.login());
    std::atomic<bool> stop{false};
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (Process* process : {&one, &other}) {
        threads.emplace_back([&, process] {
            while (!stop) {
                const auto signature = process->sign();
                EXPECT_TRUE(signature.ok()) << to_string(signature.error());
                if (signature) ++good;
            }
        });
    }
    for (int i = 0; i < 20; ++i) {
        const int before = good;
        transport_->reset(reader_name);
        EXPECT_TRUE(soon([&] { return good > before + 2; }));
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong_pins(), 0U);
    EXPECT_EQ(transport_->idle_resets(), 0U);
}

}  // namespace
}  // namespace cardmux::promises

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Between processes the turn is a matter of open files: two turns in one process behave as two
// processes.
#include "transaction/outer_turn.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "base/child_processes.h"
#include "base/random.h"

namespace cardmux::transaction {
namespace {

constexpr auto interactive = ServiceClass::Interactive;
constexpr auto bulk = ServiceClass::Bulk;

class OuterTurnTest : public ::testing::Test {
  protected:
    OuterTurnTest() {
        const std::string name = "cardmux-turn-" + std::to_string(system_random().next_u64());
        folder_ = (std::filesystem::temp_directory_path() / name).string();
    }
    ~OuterTurnTest() override { std::filesystem::remove_all(folder_); }

    std::unique_ptr<OuterTurn> open(const std::string& reader = "Reader 0") {
        auto turn = open_shared_turn(folder_, "world", reader);
        EXPECT_TRUE(turn.ok());
        return turn ? std::move(turn).value() : nullptr;
    }

    std::string folder_;
};

/// Waits, bounded, until `condition` holds.
template <typename Condition>
bool soon(Condition condition) {
    for (int i = 0; i < 1000; ++i) {
        if (condition()) return true;
        sleep_for(std::chrono::milliseconds(5));
    }
    return condition();
}

TEST_F(OuterTurnTest, is_had_by_one_at_a_time_in_the_order_of_asking) {
    auto first = open();
    ASSERT_TRUE(first->take(interactive));
    std::atomic<int> order{0};
    std::atomic<int> second_was{0};
    std::atomic<int> third_was{0};
    auto second = open();
    std::thread second_thread([&] {
        ASSERT_TRUE(second->take(interactive));
        second_was = ++order;
        second->give();
    });
    ASSERT_TRUE(soon([&] { return first->wanted().by_anybody; }));
    auto third = open();
    std::thread third_thread([&] {
        ASSERT_TRUE(third->take(interactive));
        third_was = ++order;
        third->give();
    });
    sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(order, 0);
    first->give();
    second_thread.join();
    third_thread.join();
    EXPECT_EQ(second_was, 1);
    EXPECT_EQ(third_was, 2);
}

TEST_F(OuterTurnTest, tells_whether_an_interactive_process_waits) {
    auto holder = open();
    ASSERT_TRUE(holder->take(bulk));
    EXPECT_FALSE(holder->wanted().by_anybody);
    auto other = open();
    std::thread waiting([&] {
        ASSERT_TRUE(other->take(bulk));
        other->give();
        ASSERT_TRUE(other->take(interactive));
        other->give();
    });
    ASSERT_TRUE(soon([&] { return holder->wanted().by_anybody; }));
    EXPECT_FALSE(holder->wanted().by_interactive);
    holder->give();
    ASSERT_TRUE(holder->take(bulk));
    EXPECT_TRUE(
        soon([&] { return holder->wanted().by_interactive || !holder->wanted().by_anybody; }));
    holder->give();
    waiting.join();
}

TEST_F(OuterTurnTest, hurries_while_it_is_waited_for_and_until_it_is_given) {
    auto holder = open();
    ASSERT_TRUE(holder->take(bulk));
    auto other = open();
    std::thread waiting([&] { ASSERT_TRUE(other->take(bulk)); });
    ASSERT_TRUE(soon([&] { return holder->wanted().by_anybody; }));
    EXPECT_FALSE(holder->wanted().by_interactive);
    other->hurry();
    // The ticket is seen a moment before its owner knows its number: then the owner shows it.
    EXPECT_TRUE(soon([&] { return holder->wanted().by_interactive; }));
    holder->give();
    waiting.join();
    other->give();
    ASSERT_TRUE(holder->take(bulk));
    std::thread again([&] { ASSERT_TRUE(other->take(bulk)); });
    ASSERT_TRUE(soon([&] { return holder->wanted().by_anybody; }));
    EXPECT_FALSE(holder->wanted().by_interactive) << "the next turn is a bulk one again";
    holder->give();
    again.join();
    other->give();
}

TEST_F(OuterTurnTest, hurries_if_that_was_said_before_it_is_asked_for) {
    auto holder = open();
    ASSERT_TRUE(holder->take(bulk));
    auto other = open();
    other->hurry();
    std::thread waiting([&] { ASSERT_TRUE(other->take(bulk)); });
    EXPECT_TRUE(soon([&] { return holder->wanted().by_interactive; }));
    holder->give();
    waiting.join();
    other->give();
}

TEST_F(OuterTurnTest, is_separate_for_each_reader) {
    auto one = open("Reader 0");
    auto other = open("Reader 1");
    ASSERT_TRUE(one->take(interactive));
    ASSERT_TRUE(other->take(interactive));
    EXPECT_FALSE(one->wanted().by_anybody);
}

TEST_F(OuterTurnTest, is_this_processs_while_it_has_it) {
    auto turn = open();
    EXPECT_FALSE(process_with_turn(folder_, "world", "Reader 0").has_value());
    ASSERT_TRUE(turn->take(interactive));
    EXPECT_EQ(process_with_turn(folder_, "world", "Reader 0"), process_id());
    turn->give();
    EXPECT_FALSE(process_with_turn(folder_, "world", "Reader 0").has_value());
}

TEST_F(OuterTurnTest, comes_free_when_it_is_closed_without_being_given) {
    auto turn = open();
    ASSERT_TRUE(turn->take(interactive));
    turn.reset();
    auto next = open();
    EXPECT_TRUE(next->take(interactive));
}

TEST_F(OuterTurnTest, counts_the_time_without_a_gap_over_processes) {
    auto one = open();
    auto other = open();
    ASSERT_TRUE(one->take(interactive));
    const TimePoint since = one->busy_since();
    one->give();
    ASSERT_TRUE(other->take(interactive));
    EXPECT_EQ(other->busy_since(), since);
    other->give();
    sleep_for(foreign_gap + std::chrono::milliseconds(5));
    ASSERT_TRUE(one->take(interactive));
    EXPECT_GT(one->busy_since(), since);
    one->give();
}

TEST_F(OuterTurnTest, keeps_one_turn_at_a_time_among_many) {
    constexpr int takers = 8;
    std::atomic<int> inside{0};
    std::atomic<bool> overlapped{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < takers; ++i) {
        threads.emplace_back([&, i] {
            auto turn = open();
            for (int round = 0; round < 50; ++round) {
                ASSERT_TRUE(turn->take(i % 2 == 0 ? interactive : bulk));
                if (++inside != 1) overlapped = true;
                --inside;
                turn->give();
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_FALSE(overlapped);
}

}  // namespace
}  // namespace cardmux::transaction

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/sync.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <vector>

namespace cardmux {
namespace {

constexpr auto long_time = std::chrono::seconds(20);

struct Counter {
    int count = 0;
    bool is_open = false;
};

/// A thread that has to be there.
Thread started(std::function<void()> body) {
    Thread thread;
    EXPECT_TRUE(thread.start("test thread", std::move(body)));
    return thread;
}

TEST(Guarded, lets_one_thread_in_at_a_time) {
    Guarded<Counter> counter(LockRank::Token);
    std::vector<Thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.push_back(started([&counter] {
            for (int round = 0; round < 10000; ++round) ++counter.lock()->count;
        }));
    }
    for (Thread& thread : threads) thread.join();
    EXPECT_EQ(counter.lock()->count, 40000);
}

TEST(Guarded, makes_its_data_from_arguments) {
    Guarded<Counter> counter(LockRank::Token, 7, true);
    EXPECT_EQ(counter.lock()->count, 7);
    EXPECT_TRUE((*counter.lock()).is_open);
}

TEST(Condition, wakes_whoever_waits) {
    Guarded<Counter> counter(LockRank::Token);
    Condition opened;
    std::vector<Thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.push_back(started([&] {
            auto state = counter.lock();
            while (!state->is_open) {
                if (!state.wait(opened, Deadline::after(long_time))) return;
            }
            ++state->count;
        }));
    }
    counter.lock()->is_open = true;
    opened.notify_all();
    for (Thread& thread : threads) thread.join();
    EXPECT_EQ(counter.lock()->count, 4);
}

TEST(Condition, wakes_a_thread_that_waits_for_ever) {
    Guarded<Counter> counter(LockRank::Token);
    Condition opened;
    Thread thread = started([&] {
        auto state = counter.lock();
        while (!state->is_open) (void)state.wait(opened, Deadline::never());
        state->count = 1;
    });
    counter.lock()->is_open = true;
    opened.notify_one();
    thread.join();
    EXPECT_EQ(counter.lock()->count, 1);
}

TEST(Condition, says_when_the_deadline_passes_and_holds_the_lock_again) {
    Guarded<Counter> counter(LockRank::Token);
    Condition never_notified;
    const TimePoint before = now();
    {
        auto state = counter.lock();
        while (state.wait(never_notified, Deadline::at(before + std::chrono::milliseconds(20)))) {
        }
        state->count = 1;
    }
    EXPECT_GE(milliseconds(now() - before), 20.0);
    auto state = counter.lock();
    EXPECT_FALSE(state.wait(never_notified, Deadline::at(before))) << "a time that has passed";
}

TEST(Thread, ends_alone_when_its_body_throws) {
    for (const bool memory : {false, true}) {
        Thread thread;
        ASSERT_TRUE(thread.start("cardmux-test", [memory] {
            if (memory) throw std::bad_alloc();
            throw 1;
        }));
        thread.join();
    }
}

TEST(Thread, goes_on_when_detached) {
    struct Shared {
        Guarded<Counter> counter{LockRank::Token};
        Condition done;
    };
    const auto shared = std::make_shared<Shared>();  // the thread may be the last to let go of it
    started([shared] {
        auto state = shared->counter.lock();
        state->is_open = true;
        shared->done.notify_one();
    }).detach();
    auto state = shared->counter.lock();
    while (!state->is_open) ASSERT_TRUE(state.wait(shared->done, Deadline::after(long_time)));
}

TEST(Thread, can_be_moved_while_it_runs) {
    std::atomic<bool> has_run = false;
    Thread first = started([&has_run] { has_run = true; });
    Thread second = std::move(first);
    second.join();
    EXPECT_TRUE(has_run);
    Thread never_started;
    never_started.join();
    EXPECT_FALSE(never_started.is_running());
}

#if CARDMUX_CHECKED

class LockRankDeath : public testing::Test {
  protected:
    LockRankDeath() { testing::FLAGS_gtest_death_test_style = "threadsafe"; }
    Guarded<Counter> token_{LockRank::Token};
    Guarded<Counter> session_{LockRank::Session};
};

TEST_F(LockRankDeath, ends_a_thread_that_takes_locks_against_the_order) {
    EXPECT_DEATH(
        {
            auto session = session_.lock();
            auto token = token_.lock();
        },
        "lock taken against the order \\(rank 20, held 30\\)");
}

TEST_F(LockRankDeath, ends_a_thread_that_takes_the_same_rank_twice) {
    Guarded<Counter> other(LockRank::Token);
    EXPECT_DEATH(
        {
            auto first = token_.lock();
            auto second = other.lock();
        },
        "against the order");
}

TEST_F(LockRankDeath, ends_a_thread_that_would_wait_for_a_card_with_a_lock) {
    EXPECT_DEATH(
        {
            auto token = token_.lock();
            assert_no_lock_held("transmit");
        },
        "a lock of rank 20 is held at: transmit");
    assert_no_lock_held("transmit");
}

TEST_F(LockRankDeath, allows_ascending_order_and_any_order_of_release) {
    token_.lock();
    {
        auto token = token_.lock();
        auto session = session_.lock();
    }
    session_.lock();
    assert_no_lock_held("the end");
}

TEST_F(LockRankDeath, counts_the_lock_as_free_while_it_waits) {
    Condition condition;
    auto session = session_.lock();
    EXPECT_FALSE(session.wait(condition, Deadline::at(now())));
    EXPECT_DEATH(token_.lock(), "against the order");
}

#endif

}  // namespace
}  // namespace cardmux

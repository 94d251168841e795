// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <array>

#include "base/sync.h"

namespace cardmux {
namespace {

constexpr auto long_time = std::chrono::seconds(20);

struct Counter {
    int count = 0;
    bool is_open = false;
};

TEST(Thread, runs_its_body_under_its_name) {
    std::array<char, 16> name{};
    Guarded<Counter> counter(LockRank::Token);
    Condition may_look;
    Thread thread;
    ASSERT_TRUE(thread.start("a name longer than fifteen characters", [&] {
        auto state = counter.lock();
        while (!state->is_open) {
            if (!state.wait(may_look, Deadline::after(long_time))) return;
        }
        pthread_getname_np(pthread_self(), name.data(), name.size());
    }));
    EXPECT_TRUE(thread.is_running());
    counter.lock()->is_open = true;  // start() has returned, so the name is set
    may_look.notify_one();
    thread.join();
    EXPECT_FALSE(thread.is_running());
    EXPECT_STREQ(name.data(), "a name longer t");
}

TEST(Thread, takes_no_signal_of_the_program_and_leaves_the_callers_as_they_are) {
    sigset_t of_thread;
    sigemptyset(&of_thread);
    Thread thread;
    ASSERT_TRUE(thread.start("test thread",
                             [&of_thread] { pthread_sigmask(SIG_SETMASK, nullptr, &of_thread); }));
    thread.join();
    EXPECT_EQ(sigismember(&of_thread, SIGTERM), 1);
    EXPECT_EQ(sigismember(&of_thread, SIGCHLD), 1);
    sigset_t of_caller;
    pthread_sigmask(SIG_SETMASK, nullptr, &of_caller);
    EXPECT_EQ(sigismember(&of_caller, SIGTERM), 0);
}

}  // namespace
}  // namespace cardmux

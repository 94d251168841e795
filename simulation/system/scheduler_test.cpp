// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/system/scheduler.h"

#include <gmock/gmock.h>

#include <set>

#include "base/lock_file.h"
#include "base/sync.h"
#include "simulation/system/lock_file_simulated.h"
#include "simulation/system/random_simulated.h"

namespace cardmux::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

/// Starts them all and waits for all.
void run_threads(const std::vector<std::function<void()>>& bodies) {
    std::vector<Thread> threads(bodies.size());
    for (std::size_t i = 0; i < bodies.size(); ++i) ASSERT_TRUE(threads[i].start("toy", bodies[i]));
    for (Thread& thread : threads) thread.join();
}

/// What three threads that share a number make of it, and the schedule in which they did.
struct Play {
    std::uint64_t schedule = 0;
    std::string order;
    TimePoint ended{};
};

Play play(std::uint64_t seed, Policy policy = Policy::Uniform) {
    Play result;
    Scheduler scheduler({.seed = seed, .policy = policy, .steps_expected = 40});
    scheduler.run([&] {
        Guarded<std::string> order(LockRank::Token);
        const auto write = [&](char name) {
            return [&order, name] {
                for (int i = 0; i < 5; ++i) {
                    order.lock()->push_back(name);
                    if (i == 2) sleep_for(milliseconds(3));
                }
            };
        };
        run_threads({write('a'), write('b'), write('c')});
        result.order = *order.lock();
        result.ended = now();
    });
    result.schedule = scheduler.schedule_hash();
    return result;
}

TEST(Scheduler, does_the_same_again_from_the_same_seed) {
    for (const Policy policy : {Policy::Uniform, Policy::Priorities}) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            const Play first = play(seed, policy);
            const Play again = play(seed, policy);
            EXPECT_EQ(first.schedule, again.schedule);
            EXPECT_EQ(first.order, again.order);
            EXPECT_EQ(first.ended, again.ended);
        }
    }
}

TEST(Scheduler, does_something_else_from_another_seed) {
    std::set<std::uint64_t> schedules;
    std::set<std::string> orders;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        const Play played = play(seed);
        schedules.insert(played.schedule);
        orders.insert(played.order);
    }
    EXPECT_GT(schedules.size(), 95U);
    EXPECT_GT(orders.size(), 70U);
}

TEST(Scheduler, by_priorities_interrupts_seldom_but_at_many_places) {
    std::set<std::string> orders;
    for (std::uint64_t seed = 1; seed <= 200; ++seed)
        orders.insert(play(seed, Policy::Priorities).order);
    EXPECT_THAT(orders, ::testing::Contains("aaabbbcccaabbcc"));
    EXPECT_GT(orders.size(), 10U);
}

TEST(Scheduler, lets_time_jump_when_nobody_can_run) {
    Scheduler scheduler({});
    scheduler.run([] {
        const TimePoint start = now();
        sleep_for(minutes(13));
        EXPECT_GE(now() - start, minutes(13));
        EXPECT_LT(now() - start, minutes(13) + milliseconds(1));
    });
}

TEST(Scheduler, wakes_who_waits_at_the_deadline_and_not_before) {
    Scheduler scheduler({.spurious_wake_one_in = 0});
    scheduler.run([] {
        Guarded<int> data(LockRank::Token);
        Condition never;
        const Deadline deadline = Deadline::after(milliseconds(70));
        auto locked = data.lock();
        EXPECT_FALSE(locked.wait(never, deadline));
        EXPECT_TRUE(deadline.has_passed());
    });
}

TEST(Scheduler, keeps_a_lock_for_one_thread) {
    Scheduler scheduler({.seed = 3});
    scheduler.run([] {
        Guarded<int> inside(LockRank::Token);
        const auto enter = [&] {
            auto locked = inside.lock();
            EXPECT_EQ(++*locked, 1);
            sleep_for(milliseconds(1));
            --*locked;
        };
        run_threads({enter, enter, enter});
    });
}

// ---- it must be able to find something ----------------------------------------------------------

/// Looks, lets go, and waits: a notification in between is lost.
void lose_a_wake_up(std::uint64_t seed, Policy policy) {
    Scheduler scheduler(
        {.seed = seed, .policy = policy, .steps_expected = 10, .spurious_wake_one_in = 0});
    scheduler.run([] {
        Guarded<bool> ready(LockRank::Token);
        Condition changed;
        run_threads({[&] {
                         if (*ready.lock()) return;
                         auto locked = ready.lock();
                         locked.wait(changed, Deadline::never());
                     },
                     [&] {
                         *ready.lock() = true;
                         changed.notify_all();
                     }});
    });
}

void run_many(void (*toy)(std::uint64_t, Policy), Policy policy) {
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) toy(seed, policy);
    std::_Exit(0);
}

TEST(SchedulerDeathTest, finds_a_lost_wake_up) {
    for (const Policy policy : {Policy::Uniform, Policy::Priorities})
        EXPECT_EXIT(run_many(lose_a_wake_up, policy), ::testing::ExitedWithCode(1),
                    "deadlock: nobody can run(.|\n)*toy#2 waits for a notification");
}

/// Two locks of two files, taken in two orders. (Of Mutex the ranks forbid it.)
void take_in_two_orders(std::uint64_t seed, Policy policy) {
    Scheduler scheduler({.seed = seed, .policy = policy, .steps_expected = 10});
    scheduler.run([] {
        const auto take = [](std::uint64_t first, std::uint64_t second) {
            return [=] {
                auto file = LockFile::open("toy", false);
                EXPECT_TRUE(file->lock(LockFile::Kind::Exclusive, first, 1).ok());
                EXPECT_TRUE(file->lock(LockFile::Kind::Exclusive, second, 1).ok());
            };
        };
        run_threads({take(1, 2), take(2, 1)});
    });
}

TEST(SchedulerDeathTest, finds_a_deadlock_and_tells_who_waits_for_what) {
    for (const Policy policy : {Policy::Uniform, Policy::Priorities})
        EXPECT_EXIT(run_many(take_in_two_orders, policy), ::testing::ExitedWithCode(1),
                    "toy#2 waits for another process(.|\n)*toy#3 waits for another process");
}

TEST(SchedulerDeathTest, finds_a_wait_with_a_lock_held) {
    const auto toy = [] {
        Scheduler scheduler({});
        scheduler.run([] {
            Guarded<int> outer(LockRank::Token);
            Guarded<int> inner(LockRank::Session);
            Condition changed;
            auto held = outer.lock();
            auto locked = inner.lock();
            locked.wait(changed, Deadline::after(milliseconds(1)));
        });
    };
    EXPECT_EXIT(toy(), ::testing::ExitedWithCode(1), "main holds a lock at: a wait");
}

TEST(SchedulerDeathTest, finds_a_livelock) {
    const auto toy = [] {
        Scheduler scheduler({.steps_max = 1000});
        scheduler.run([] {
            Guarded<bool> done(LockRank::Token);
            while (!*done.lock()) {
            }
        });
    };
    EXPECT_EXIT(toy(), ::testing::ExitedWithCode(1), "no end in sight");
}

// ---- processes ----------------------------------------------------------------------------------

TEST(Scheduler, frees_the_locks_of_a_process_that_is_killed) {
    Scheduler scheduler({});
    scheduler.run([&] {
        const auto hold = [&] {
            scheduler.set_process(2);
            auto file = LockFile::open("toy", false);
            EXPECT_TRUE(file->lock(LockFile::Kind::Exclusive, 0, 1).ok());
            sleep_for(minutes(60));
            ADD_FAILURE() << "it was killed";
        };
        Thread holder;
        ASSERT_TRUE(holder.start("toy", hold));
        sleep_for(milliseconds(1));
        auto file = LockFile::open("toy", false);
        EXPECT_FALSE(file->try_lock(LockFile::Kind::Exclusive, 0, 1));
        scheduler.kill(2);
        release_locks_of(2);
        EXPECT_TRUE(file->try_lock(LockFile::Kind::Exclusive, 0, 1));
        holder.detach();
    });
}

TEST(Scheduler, lets_who_is_inside_the_service_out_before_it_dies) {
    Scheduler scheduler({});
    bool came_out = false;
    scheduler.run([&] {
        Thread thread;
        ASSERT_TRUE(thread.start("toy", [&] {
            scheduler.set_process(2);
            {
                const ServiceCall call;
                sleep_for(milliseconds(5));
                came_out = true;
            }
            ADD_FAILURE() << "it was killed";
        }));
        sleep_for(milliseconds(1));
        scheduler.kill(2);
        thread.detach();
    });
    EXPECT_TRUE(came_out);
}

TEST(Scheduler, does_not_let_a_stopped_process_run) {
    Scheduler scheduler({});
    scheduler.run([&] {
        TimePoint woken{};
        Thread thread;
        ASSERT_TRUE(thread.start("toy", [&] {
            scheduler.set_process(2);
            sleep_for(milliseconds(2));
            woken = now();
        }));
        sleep_for(milliseconds(1));
        const TimePoint until = now() + minutes(2);
        scheduler.stop(2, until);
        thread.join();
        EXPECT_GE(woken, until);
    });
}

TEST(SimulatedRandom, is_the_systems_and_begins_anew_with_its_seed) {
    seed_system_random(7);
    const std::uint64_t first = system_random().next_u64();
    seed_system_random(8);
    EXPECT_NE(system_random().next_u64(), first);
    seed_system_random(7);
    EXPECT_EQ(system_random().next_u64(), first);
}

}  // namespace
}  // namespace cardmux::simulation

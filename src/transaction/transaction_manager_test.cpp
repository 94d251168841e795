// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The shell around the machine: what throws, who is woken, who is cancelled. The card behind it
// only says 9000.
#include "transaction/transaction_manager.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <new>
#include <thread>
#include <vector>

#include "transaction/fake_world_test.h"

namespace cardmux::transaction {
namespace {

using namespace std::chrono_literals;

class ThrowingLog final : public LogSink {
  public:
    bool wants(LogLevel) const override { return true; }
    void write(LogLevel, std::string_view) override { throw std::bad_alloc(); }
};

/// Waits, bounded, until `condition` holds.
template <typename Condition>
bool soon(Condition condition) {
    for (int i = 0; i < 2000; ++i) {
        if (condition()) return true;
        sleep_for(5ms);
    }
    return condition();
}

class Manager : public ::testing::TestWithParam<bool> {
  protected:
    using Card = CardTransaction;

    /// Settings whose holds and limits are out of the tests' way.
    static ManagerSettings calm(bool may_create_threads = true) {
        ManagerSettings settings;
        settings.hold = 20s;
        settings.no_progress_limit = 20s;
        settings.may_create_threads = may_create_threads;
        return settings;
    }

    void make(const ManagerSettings& settings, std::shared_ptr<LogSink> log = nullptr) {
        if (!log) log = std::shared_ptr<LogSink>(&silent_log(), [](LogSink*) {});
        manager_ = std::make_unique<TransactionManager>(
            std::make_shared<FakeTransport>(faults_), "Reader 0",
            std::make_unique<FakeTurn>(faults_), settings, std::move(log));
    }

    Result<int> perform(std::function<Result<int>(Card&)> work, ClientId client = 1,
                        Deadline deadline = Deadline::never()) {
        return manager_->perform<int>({client, ServiceClass::Interactive, deadline, "test"},
                                      std::move(work));
    }
    /// An operation that sends one APDU, as a later caller would.
    Result<int> succeed(ClientId client = 1) {
        return perform(
            [](Card& card) -> Result<int> {
                CARDMUX_TRY_ASSIGN(const Bytes answer, card.transmit(Bytes{0, 0, 0, 0}));
                return static_cast<int>(answer.size());
            },
            client);
    }
    void expect_success() {
        const auto result = succeed();
        ASSERT_TRUE(result.ok()) << to_string(result.error());
        EXPECT_EQ(*result, 2);
    }
    /// Another thread's operation.
    std::thread start(std::atomic<int>& code, std::function<Result<int>(Card&)> work,
                      ClientId client, Deadline deadline = Deadline::after(60s)) {
        return std::thread([this, &code, work = std::move(work), client, deadline] {
            const auto result = perform(work, client, deadline);
            code = result ? succeeded : static_cast<int>(result.error().code);
        });
    }
    static constexpr int succeeded = -1;
    static constexpr int unanswered = -2;

    static ErrorCode code_of(const Result<int>& result) {
        EXPECT_FALSE(result.ok());
        return result ? ErrorCode::InvalidArgument : result.error().code;
    }

    std::shared_ptr<Faults> faults_ = std::make_shared<Faults>();
    std::unique_ptr<TransactionManager> manager_;
};

/// An operation that stays on the card until it is let go.
struct SlowWork {
    std::atomic<bool> started{false};
    std::atomic<bool> may_end{false};
    std::atomic<bool> ended{false};
    Result<int> operator()() {
        started = true;
        while (!may_end) sleep_for(1ms);
        ended = true;
        return 0;
    }
};

// With an owner thread, and with callers that do the work.
INSTANTIATE_TEST_SUITE_P(Threads, Manager, ::testing::Bool(), [](const auto& mode) {
    return std::string(mode.param ? "owner_thread" : "callers_work");
});

TEST_P(Manager, tells_the_caller_of_a_work_that_throws_and_goes_on_with_the_others) {
    make(calm(GetParam()));
    EXPECT_EQ(code_of(perform([](Card&) -> Result<int> { throw std::bad_alloc(); })),
              ErrorCode::OutOfMemory);
    EXPECT_EQ(code_of(perform([](Card&) -> Result<int> { throw 7; })), ErrorCode::Internal);
    expect_success();
    if (GetParam()) {
        EXPECT_EQ(manager_->statistics().transactions, 1U) << "the transaction goes on";
    }
}

TEST_F(Manager, makes_known_that_a_work_that_throws_may_have_changed_the_cards_state) {
    make(calm());
    std::uint64_t before = 0;
    (void)perform([&](Card& card) -> Result<int> {
        before = card.epoch();
        throw 7;
    });
    std::uint64_t after = 0;
    ASSERT_TRUE(perform([&](Card& card) -> Result<int> {
                    after = card.epoch();
                    return 0;
                }).ok());
    EXPECT_NE(before, after);
}

TEST_F(Manager, takes_an_answer_without_memory_for_lost_and_still_says_farewell) {
    make(calm());
    std::atomic<int> farewells{0};
    const auto result = perform([&](Card& card) -> Result<int> {
        card.set_farewell([&](iso7816::ApduChannel&) {
            ++farewells;
            return success();
        });
        faults_->transmit_throws = true;
        CARDMUX_TRY(card.transmit(Bytes{0, 0x20, 0, 0x80}));
        return 0;
    });
    EXPECT_EQ(code_of(result), ErrorCode::OutOfMemory);
    expect_success();
    EXPECT_EQ(farewells, 1);
    EXPECT_EQ(manager_->statistics().interrupted, 1U);
}

/// Whoever presented a PIN must not take it for refused, nor present it again unasked.
TEST_F(Manager, takes_an_answer_without_status_word_for_lost) {
    make(calm());
    bool was_lost = false;
    const auto result = perform([&](Card& card) -> Result<int> {
        faults_->answer_is_cut = !was_lost;
        const auto answer = card.transmit(Bytes{0, 0x20, 0, 0x80});
        was_lost = was_lost || card.loss() == ErrorCode::CardUnresponsive;
        if (!answer) return answer.error();
        return 0;
    });
    EXPECT_TRUE(result.ok());
    EXPECT_TRUE(was_lost);
    EXPECT_EQ(manager_->statistics().interrupted, 1U);
}

TEST_F(Manager, puts_a_card_in_order_that_was_lost_with_nobody_waiting) {
    make(calm());
    std::atomic<int> cared{0};
    for (const bool is_lost : {false, true}) {
        (void)perform([&](Card& card) -> Result<int> {
            card.set_aftercare([&](Card&) {
                ++cared;
                return success();
            });
            if (!is_lost) return 0;
            faults_->transmit_throws = true;
            CARDMUX_TRY(card.transmit(Bytes{0, 0x47, 0, 0x9A}));
            return 0;
        });
        EXPECT_TRUE(soon([&] { return cared == (is_lost ? 1 : 0); }));
    }
    expect_success();
    EXPECT_EQ(cared, 1);
}

TEST_F(Manager, ends_a_transaction_whose_farewell_throws) {
    make(calm());
    ASSERT_TRUE(perform([](Card& card) -> Result<int> {
                    card.set_farewell([](iso7816::ApduChannel&) -> Result<void> { throw 7; });
                    return 0;
                }).ok());
    manager_->release_hold();
    EXPECT_TRUE(soon([&] { return faults_->open_transactions == 0; }));
    expect_success();
}

TEST_P(Manager, has_ended_its_hold_when_it_says_so) {
    make(calm(GetParam()));
    for (int i = 0; i < 20; ++i) {
        expect_success();
        manager_->end_hold(Deadline::never());
        EXPECT_EQ(faults_->open_transactions, 0);
    }
    manager_->end_hold(Deadline::never());  // there is none
}

TEST_F(Manager, waits_for_the_end_of_a_hold_no_longer_than_it_is_told) {
    make(calm());
    SlowWork slow;
    std::thread thread([&] { (void)perform([&slow](Card&) -> Result<int> { return slow(); }); });
    ASSERT_TRUE(soon([&] { return slow.started.load(); }));
    manager_->end_hold(Deadline::after(10ms));
    EXPECT_FALSE(slow.ended);
    slow.may_end = true;
    thread.join();
}

TEST_F(Manager, holds_as_long_as_it_was_told_last) {
    make(calm());
    expect_success();
    manager_->set_hold(10ms);
    EXPECT_EQ(faults_->open_transactions, 1);  // the hold that has begun goes on
    expect_success();
    EXPECT_TRUE(soon([&] { return faults_->open_transactions == 0; }));
}

TEST_P(Manager, starts_anew_after_an_exception_of_its_own) {
    make(calm(GetParam()));
    expect_success();
    for (std::atomic<bool>* fault : {&faults_->begin_throws, &faults_->turn_throws}) {
        manager_->release_hold();
        ASSERT_TRUE(soon([&] { return faults_->open_transactions == 0; }));
        *fault = true;
        EXPECT_EQ(code_of(succeed()), ErrorCode::OutOfMemory);
        expect_success();
    }
    EXPECT_TRUE(manager_->shut_down(Deadline::after(10s)));
    EXPECT_EQ(faults_->connections, 0);
    EXPECT_EQ(faults_->turns_taken, faults_->turns_given);
}

TEST_F(Manager, waits_no_longer_after_a_fresh_start_for_what_ran_before) {
    auto settings = calm();
    settings.no_progress_limit = 50ms;
    settings.ride_through = 0s;
    make(settings);
    Request request{1, ServiceClass::Interactive, Deadline::never(), "long"};
    request.no_progress_limit = 2s;
    const auto lost = manager_->perform<int>(request, [this](Card&) -> Result<int> {
        faults_->holds_begin = true;
        faults_->wanted_throws = true;
        return 0;
    });
    EXPECT_EQ(code_of(lost), ErrorCode::OutOfMemory);
    const auto given_up = succeed(2);
    faults_->holds_begin = false;
    ASSERT_EQ(code_of(given_up), ErrorCode::NoProgress);
    EXPECT_EQ(given_up.error().detail, 50) << "the limit in milliseconds";
}

TEST_P(Manager, does_its_work_where_no_log_line_can_be_written) {
    make(calm(GetParam()), std::make_shared<ThrowingLog>());
    expect_success();
    faults_->begin_throws = true;
    manager_->release_hold();
    ASSERT_TRUE(soon([&] { return faults_->open_transactions == 0; }));
    EXPECT_EQ(code_of(succeed()), ErrorCode::OutOfMemory);
    expect_success();
}

TEST_P(Manager, cancels_what_a_client_has_queued_and_nothing_else) {
    make(calm(GetParam()));
    SlowWork slow;
    std::atomic<int> runs_of_cancelled{0};
    std::array<std::atomic<int>, 4> codes{unanswered, unanswered, unanswered, unanswered};
    const auto quick = [](Card&) -> Result<int> { return 0; };
    const auto counted = [&](Card&) -> Result<int> { return ++runs_of_cancelled; };
    std::vector<std::thread> threads;
    threads.push_back(start(
        codes[0], [&](Card&) { return slow(); }, 1));
    ASSERT_TRUE(soon([&] { return slow.started.load(); }));
    const int looked = faults_->callers_looked;
    threads.push_back(start(codes[1], counted, 2));
    threads.push_back(start(codes[2], counted, 2));
    threads.push_back(start(codes[3], quick, 3));
    ASSERT_TRUE(soon([&] { return faults_->callers_looked >= looked + 3; }));
    manager_->cancel(2);
    const auto is_cancelled = [](int code) {
        return code == static_cast<int>(ErrorCode::Cancelled);
    };
    EXPECT_TRUE(soon([&] { return is_cancelled(codes[1]) && is_cancelled(codes[2]); }));
    EXPECT_FALSE(slow.ended) << "at once";
    slow.may_end = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(codes[0], succeeded);
    EXPECT_EQ(codes[3], succeeded);
    EXPECT_EQ(runs_of_cancelled, 0);
    EXPECT_TRUE(succeed(2).ok()) << "a later request of the same client";
}

TEST_F(Manager, lets_go_the_caller_of_a_cancelled_operation_that_runs) {
    make(calm());
    SlowWork slow;
    std::atomic<int> code{unanswered};
    std::atomic<int> next{unanswered};
    std::thread caller = start(
        code, [&](Card&) { return slow(); }, 1);
    ASSERT_TRUE(soon([&] { return slow.started.load(); }));
    std::thread other = start(
        next, [](Card&) -> Result<int> { return 0; }, 2);
    manager_->cancel(1);
    caller.join();
    EXPECT_EQ(code, static_cast<int>(ErrorCode::Cancelled));
    EXPECT_FALSE(slow.ended);
    EXPECT_EQ(next, unanswered) << "the card is still at work";
    slow.may_end = true;
    other.join();
    EXPECT_EQ(next, succeeded);
    EXPECT_TRUE(slow.ended) << "it went on to its end";
    EXPECT_EQ(manager_->statistics().operations, 2U);
    EXPECT_TRUE(succeed(1).ok());
}

TEST_F(Manager, answers_cancelled_where_the_caller_itself_is_at_work) {
    make(calm(false));
    SlowWork slow;
    std::atomic<int> code{unanswered};
    std::thread caller = start(
        code, [&](Card&) { return slow(); }, 1);
    ASSERT_TRUE(soon([&] { return slow.started.load(); }));
    manager_->cancel(1);
    slow.may_end = true;
    caller.join();
    EXPECT_EQ(code, static_cast<int>(ErrorCode::Cancelled));
    EXPECT_TRUE(succeed(1).ok());
}

/// Callers do the work. The owner leaves, and the one whom it wakes to take its part has run out of
/// time: its deadline passed while the lock was taken, so that it learns of both only later. Who
/// gets the lock first then is the system's choice: a round in two or three is the one meant.
class LeavingOwner : public Manager {
  protected:
    static constexpr int rounds = 8;

    /// How the third caller fares, who has all the time or has run out of it, too.
    int third_after_the_second_gave_up(bool third_has_time) {
        make(calm(false));
        faults_->callers_looked = 0;
        SlowWork slow;
        std::array<std::atomic<int>, 3> codes{unanswered, unanswered, unanswered};
        const auto quick = [](Card&) -> Result<int> { return 0; };
        const Deadline soon_over = Deadline::after(80ms);
        std::thread first = start(
            codes[0], [&](Card&) { return slow(); }, 1);
        EXPECT_TRUE(soon([&] { return slow.started.load(); }));
        std::thread second = start(codes[1], quick, 2, soon_over);
        EXPECT_TRUE(soon([&] { return faults_->callers_looked >= 1; }));
        faults_->holds_callers = true;
        std::thread third =
            start(codes[2], quick, 3, third_has_time ? Deadline::after(10s) : soon_over);
        EXPECT_TRUE(soon([&] { return faults_->callers_looked >= 2; }));
        slow.may_end = true;
        while (!soon_over.has_passed()) sleep_for(5ms);
        sleep_for(10ms);  // now the first and the second want the lock that the third has
        faults_->holds_callers = false;
        for (std::thread* thread : {&first, &second, &third}) thread->join();
        EXPECT_EQ(codes[0], succeeded);
        return codes[2];
    }
};

TEST_F(LeavingOwner, is_followed_by_the_next_if_the_one_it_woke_has_given_up) {
    for (int round = 0; round < rounds; ++round) {
        EXPECT_EQ(third_after_the_second_gave_up(true), succeeded);
    }
}

TEST_F(LeavingOwner, leaves_no_transaction_open_if_everybody_has_given_up) {
    for (int round = 0; round < rounds; ++round) {
        (void)third_after_the_second_gave_up(false);
        EXPECT_EQ(faults_->open_transactions, 0);
        EXPECT_EQ(faults_->turns_taken, faults_->turns_given);
    }
}

}  // namespace
}  // namespace cardmux::transaction

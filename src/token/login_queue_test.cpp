// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "token/login_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <stdexcept>
#include <string>

namespace cardmux::token {
namespace {

SecretBytes secret(const std::string& text) {
    return SecretBytes(bytes_of(text));
}

/// Many threads that bring a PIN each, the first of which goes to the card and is answered only
/// once all the others wait.
class LoginQueueTest : public testing::Test {
  protected:
    Result<void> ask_card(std::size_t others) {
        EXPECT_EQ(inside_.fetch_add(1), 0) << "two logins at once";
        const bool is_first = cards_answers_++ == 0;
        while (is_first && queue.waiting_count() < others) sleep_for(pause);
        --inside_;
        if (right_) return success();
        return Error(answer_, "VERIFY").with_detail(2);
    }

    std::map<ErrorCode, int> bring_at_once(const std::vector<std::string>& pins) {
        Guarded<std::map<ErrorCode, int>> codes(LockRank::Session);
        std::vector<Thread> threads(pins.size());
        for (std::size_t i = 0; i < pins.size(); ++i) {
            threads[i].start("test-login", [&, i] {
                const auto outcome = queue.run(secret(pins[i]), Deadline::never(),
                                               [&] { return ask_card(pins.size() - 1); });
                if (!outcome.ok()) ++(*codes.lock())[outcome.error().code];
            });
        }
        for (Thread& thread : threads) thread.join();
        return *codes.lock();
    }

    static constexpr Duration pause = std::chrono::milliseconds(1);
    LoginQueue queue;
    bool right_ = false;
    ErrorCode answer_ = ErrorCode::PinIncorrect;
    std::atomic<int> cards_answers_ = 0;

  private:
    std::atomic<int> inside_ = 0;
};

TEST_F(LoginQueueTest, asks_the_card_once_for_one_wrong_pin_that_all_bring) {
    EXPECT_EQ(bring_at_once({"123465", "123465", "123465", "123465"}),
              (std::map<ErrorCode, int>{{ErrorCode::PinIncorrect, 4}}));
    EXPECT_EQ(cards_answers_, 1);
    EXPECT_EQ(queue.waiting_count(), 0u);
}

TEST_F(LoginQueueTest, asks_the_card_for_each_pin_that_differs) {
    EXPECT_EQ(bring_at_once({"111111", "222222", "111111", "222222", "333333"}),
              (std::map<ErrorCode, int>{{ErrorCode::PinIncorrect, 5}}));
    EXPECT_EQ(cards_answers_, 3);
}

TEST_F(LoginQueueTest, repeats_no_answer_that_was_not_about_the_pin) {
    answer_ = ErrorCode::CardRemoved;
    EXPECT_EQ(bring_at_once({"123456", "123456", "123456"}),
              (std::map<ErrorCode, int>{{ErrorCode::CardRemoved, 3}}));
    EXPECT_EQ(cards_answers_, 3);
}

TEST_F(LoginQueueTest, ends_all_waits_when_the_card_does_not_move) {
    answer_ = ErrorCode::NoProgress;
    EXPECT_EQ(bring_at_once({"111111", "222222", "333333"}),
              (std::map<ErrorCode, int>{{ErrorCode::NoProgress, 3}}));
    EXPECT_EQ(cards_answers_, 1);
}

TEST_F(LoginQueueTest, asks_the_card_again_once_the_answer_was_given) {
    EXPECT_EQ(bring_at_once({"123465"}), (std::map<ErrorCode, int>{{ErrorCode::PinIncorrect, 1}}));
    EXPECT_EQ(bring_at_once({"123465"}), (std::map<ErrorCode, int>{{ErrorCode::PinIncorrect, 1}}));
    EXPECT_EQ(cards_answers_, 2);
}

TEST_F(LoginQueueTest, lets_all_through_if_the_pin_is_right) {
    right_ = true;
    EXPECT_EQ(bring_at_once({"123456", "123456", "123456"}), (std::map<ErrorCode, int>()));
    EXPECT_EQ(cards_answers_, 3);
}

TEST_F(LoginQueueTest, passes_the_turn_on_when_a_login_throws) {
    const auto failing = [&] {
        return queue.run(secret("123456"), Deadline::never(),
                         []() -> Result<void> { throw std::runtime_error("test"); });
    };
    EXPECT_THROW((void)failing(), std::runtime_error);
    EXPECT_TRUE(queue.run(secret("123456"), Deadline::never(), [] { return success(); }).ok());
}

// The three that follow were found by the simulated world (seeds 33 and 417 of its first day).

TEST_F(LoginQueueTest, lets_logins_through_in_the_order_of_arrival) {
    Guarded<std::string> order(LockRank::Session);
    constexpr std::size_t count = 6;
    std::vector<Thread> threads(count);
    const auto login_as = [&](std::size_t i) {
        return queue.run(secret("123456"), Deadline::never(), [&, i] {
            while (i == 0 && queue.waiting_count() < count - 1) sleep_for(pause);
            order.lock()->push_back(static_cast<char>('0' + i));
            return success();
        });
    };
    for (std::size_t i = 0; i < count; ++i) {
        threads[i].start("test-login", [&, i] { EXPECT_TRUE(login_as(i).ok()); });
        while (i > 0 && i < count - 1 && queue.waiting_count() < i) sleep_for(pause);
    }
    for (Thread& thread : threads) thread.join();
    EXPECT_EQ(*order.lock(), "012345");
}

TEST_F(LoginQueueTest, tells_who_waits_its_answer_though_the_next_login_is_under_way) {
    const auto answer = [] { return Result<void>(Error(ErrorCode::NoProgress, "VERIFY")); };
    std::atomic<bool> has_returned{false};
    Thread waiting;
    EXPECT_FALSE(queue
                     .run(secret("111111"), Deadline::never(),
                          [&] {
                              waiting.start("test-login", [&] {
                                  const auto outcome =
                                      queue.run(secret("222222"), Deadline::never(), answer);
                                  EXPECT_EQ(outcome.error().code, ErrorCode::NoProgress);
                                  has_returned = true;
                              });
                              while (queue.waiting_count() == 0) sleep_for(pause);
                              return answer();
                          })
                     .ok());
    (void)queue.run(secret("111111"), Deadline::never(), [&] {
        for (int i = 0; i < 5000 && !has_returned; ++i) sleep_for(pause);
        EXPECT_TRUE(has_returned) << "it waits for a login that came after its answer";
        return answer();
    });
    waiting.join();
}

TEST_F(LoginQueueTest, ends_a_wait_at_its_deadline) {
    std::atomic<bool> has_returned{false};
    Thread waiting;
    (void)queue.run(secret("111111"), Deadline::never(), [&] {
        waiting.start("test-login", [&] {
            const auto outcome =
                queue.run(secret("222222"), Deadline::after(pause), [] { return success(); });
            EXPECT_EQ(outcome.error().code, ErrorCode::TimedOut);
            has_returned = true;
        });
        for (int i = 0; i < 5000 && !has_returned; ++i) sleep_for(pause);
        EXPECT_TRUE(has_returned) << "a login under way keeps others beyond their deadline";
        return success();
    });
    waiting.join();
    EXPECT_EQ(queue.waiting_count(), 0u);
}

}  // namespace
}  // namespace cardmux::token

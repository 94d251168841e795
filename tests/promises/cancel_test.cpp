// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// G4: what a client waits for can be cancelled; nobody else notices, and the client goes on.
#include <array>
#include <atomic>
#include <vector>

#include "tests/promises/world.h"

namespace cardmux::promises {
namespace {

class Cancel : public World {
  protected:
    static constexpr int unanswered = -1;
    static constexpr int succeeded = -2;
    static constexpr int cancelled = static_cast<int>(ErrorCode::Cancelled);

    /// A signature on a thread of its own.
    static std::thread start(Process& process, const Client& client, std::atomic<int>& code) {
        return std::thread([&process, client, &code] {
            const auto signature = process.sign_as(client);
            code = signature ? succeeded : static_cast<int>(signature.error().code);
        });
    }
    /// From now on no command ends until the delay is taken away.
    void hang() {
        card_->set_delay(std::chrono::seconds(60));
        apdus_before_ = card_->statistics().apdus;
    }
    bool has_begun() {
        return soon([&] { return card_->statistics().apdus > apdus_before_; });
    }

  private:
    std::uint64_t apdus_before_ = 0;
};

TEST_F(Cancel, ends_what_is_queued_behind_a_slow_operation_and_disturbs_nobody) {
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    const Client impatient = process.provider->make_client(our_domain);
    const Client patient = process.provider->make_client(our_domain);
    std::array<std::atomic<int>, 4> codes{unanswered, unanswered, unanswered, unanswered};
    std::vector<std::thread> threads;
    const auto operations = card_->statistics().private_key_operations;
    hang();
    threads.push_back(start(process, process.client, codes[0]));
    EXPECT_TRUE(has_begun());
    threads.push_back(start(process, impatient, codes[1]));
    threads.push_back(start(process, impatient, codes[2]));
    threads.push_back(start(process, patient, codes[3]));
    EXPECT_TRUE(soon([&] {
        process.token->cancel(impatient);
        return codes[1] == cancelled && codes[2] == cancelled;
    }));
    EXPECT_EQ(codes[0], unanswered);
    EXPECT_EQ(codes[3], unanswered);
    card_->set_delay(Duration::zero());
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(codes[0], succeeded);
    EXPECT_EQ(codes[3], succeeded);
    EXPECT_EQ(card_->statistics().private_key_operations, operations + 2)
        << "what was cancelled never reached the card";
    const auto later = process.sign_as(impatient);
    EXPECT_TRUE(later.ok()) << to_string(later.error());
    EXPECT_EQ(wrong_pins(), 0U);
}

TEST_F(Cancel, frees_the_caller_of_an_operation_that_the_card_has_begun) {
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    const Client other = process.provider->make_client(our_domain);
    std::array<std::atomic<int>, 2> codes{unanswered, unanswered};
    const auto operations = card_->statistics().private_key_operations;
    hang();
    std::thread running = start(process, process.client, codes[0]);
    EXPECT_TRUE(has_begun());
    std::thread queued = start(process, other, codes[1]);
    EXPECT_TRUE(soon([&] {
        process.token->cancel(process.client);
        return codes[0] == cancelled;
    }));
    running.join();
    EXPECT_EQ(codes[1], unanswered);
    card_->set_delay(Duration::zero());
    queued.join();
    EXPECT_EQ(codes[1], succeeded);
    EXPECT_EQ(card_->statistics().private_key_operations, operations + 2)
        << "the card carried it out to its end";
    const auto later = process.sign();
    EXPECT_TRUE(later.ok()) << to_string(later.error());
}

TEST_F(Cancel, costs_nothing_where_nothing_waits) {
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    const auto apdus = card_->statistics().apdus;
    process.token->cancel(process.client);
    EXPECT_EQ(card_->statistics().apdus, apdus);
    EXPECT_TRUE(process.sign().ok());
}

}  // namespace
}  // namespace cardmux::promises

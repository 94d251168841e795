// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// G1, G2, G8: many threads, one card, no failure, no APDU that is not needed.
#include <atomic>

#include "tests/promises/world.h"

namespace cardmux::promises {
namespace {

class MainJob : public World {};

constexpr std::uint8_t ins_select = 0xA4;
constexpr std::uint8_t ins_verify = 0x20;
constexpr std::uint8_t ins_general_authenticate = 0x87;

TEST_F(MainJob, sixty_four_threads_sign_without_a_failure) {
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 64; ++i) {
        threads.emplace_back([&] {
            const Client client = process.provider->make_client(our_domain);
            for (int round = 0; round < 5; ++round) {
                const auto signature = process.sign_as(client);
                EXPECT_TRUE(signature.ok()) << to_string(signature.error());
                if (signature) ++good;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(good, 64 * 5);
    EXPECT_EQ(card_->statistics().private_key_operations, 64U * 5);
}

TEST_F(MainJob, a_dozen_apdus_lead_to_the_first_signature) {
    Settings settings;
    settings.hold = std::chrono::seconds(20);  // whatever pauses the machine makes in between
    Process process(transport_, settings);
    ASSERT_TRUE(process.token->contents(process.client, Deadline::never()).ok());
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    EXPECT_LE(card_->statistics().apdus, 12U);
}

TEST_F(MainJob, in_a_hold_a_signature_is_one_apdu) {
    Settings settings;
    settings.hold = std::chrono::seconds(20);
    Process process(transport_, settings);
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    card_->clear_statistics();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(process.sign().ok());
    const auto statistics = card_->statistics();
    EXPECT_EQ(statistics.count(ins_general_authenticate), 10U);
    EXPECT_EQ(statistics.count(ins_select), 0U);
    EXPECT_EQ(statistics.count(ins_verify), 0U);
    EXPECT_EQ(statistics.apdus, 10U);
}

TEST_F(MainJob, reading_what_is_known_costs_no_apdu) {
    Process process(transport_, {});
    const auto first = process.token->contents(process.client, Deadline::never());
    ASSERT_TRUE(first.ok());
    const auto apdus = card_->statistics().apdus;
    for (int i = 0; i < 100; ++i) {
        const auto again = process.token->contents(process.client, Deadline::never());
        ASSERT_TRUE(again.ok());
        EXPECT_EQ(*again, *first);
    }
    EXPECT_EQ(card_->statistics().apdus, apdus);
}

TEST_F(MainJob, works_inline_where_threads_are_forbidden) {
    Process process(transport_, {}, false);
    ASSERT_TRUE(process.login());
    std::vector<std::thread> threads;
    std::atomic<int> good{0};
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 5; ++round) {
                if (process.sign().ok()) ++good;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(good, 40);
    EXPECT_FALSE(card_->is_pin_verified()) << "no holds without threads";
}

TEST_F(MainJob, an_always_authenticate_key_works_for_sixteen_threads) {
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    std::vector<std::thread> threads;
    std::atomic<int> good{0};
    for (int i = 0; i < 16; ++i) {
        threads.emplace_back([&] {
            const Client client = process.provider->make_client(our_domain);
            for (int round = 0; round < 5; ++round) {
                const auto signature = process.sign_as(client, 0x9C, right_pin);
                EXPECT_TRUE(signature.ok()) << to_string(signature.error());
                if (signature) ++good;
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(good, 80);
    EXPECT_EQ(wrong_pins(), 0U);
}

TEST_F(MainJob, shutting_down_among_workers_answers_everybody) {
    auto process = std::make_unique<Process>(transport_, Settings{});
    ASSERT_TRUE(process->login());
    std::atomic<bool> others{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i) {
        threads.emplace_back([&] {
            for (;;) {
                const auto signature = process->sign();
                if (signature) continue;
                if (signature.error().code != ErrorCode::ShuttingDown) others = true;
                return;
            }
        });
    }
    ASSERT_TRUE(soon([&] { return card_->statistics().private_key_operations > 20; }));
    process->provider->shut_down(Deadline::after(std::chrono::seconds(10)));
    for (std::thread& thread : threads) thread.join();
    EXPECT_FALSE(others);
    EXPECT_FALSE(card_->is_pin_verified());
}

}  // namespace
}  // namespace cardmux::promises

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// G5, G7: resets, removals, restarts; handles survive, PINs do not leak to strangers.
#include <atomic>

#include "tests/promises/world.h"

namespace cardmux::promises {
namespace {

class Recovery : public World {
  protected:
    static Settings riding_through() {
        Settings settings;
        settings.ride_through = std::chrono::seconds(20);
        return settings;
    }

    /// Four clients sign without a pause while the card is reset again and again. None may fail.
    void sign_under_resets(Process& process, std::uint8_t key, const char* operation_pin) {
        std::atomic<bool> stop{false};
        std::atomic<int> good{0};
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                const Client client = process.provider->make_client(our_domain);
                while (!stop) {
                    const auto signature = process.sign_as(client, key, operation_pin);
                    EXPECT_TRUE(signature.ok()) << to_string(signature.error());
                    if (signature) ++good;
                }
            });
        }
        for (int i = 0; i < 20; ++i) {
            const int before = good;
            transport_->reset(reader_name);
            EXPECT_TRUE(soon([&] { return good > before + 4; }));
        }
        stop = true;
        for (std::thread& thread : threads) thread.join();
    }
};

TEST_F(Recovery, resets_by_another_program_under_load_disturb_nobody) {
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    sign_under_resets(process, 0x9A, nullptr);
    EXPECT_EQ(wrong_pins(), 0U);
    EXPECT_EQ(card_->pin_tries_left(), 3);
}

TEST_F(Recovery, resets_under_load_disturb_no_always_authenticate_key) {
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    sign_under_resets(process, 0x9C, right_pin);
    EXPECT_EQ(wrong_pins(), 0U);
    EXPECT_TRUE(process.token->is_logged_in(our_domain));
}

TEST_F(Recovery, a_removed_card_is_an_error_at_once_and_works_again_when_it_is_back) {
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    transport_->remove(reader_name);
    const auto absent = process.sign();
    ASSERT_FALSE(absent.ok());
    EXPECT_EQ(absent.error().code, ErrorCode::CardAbsent);
    transport_->insert(reader_name, card_);
    EXPECT_TRUE(process.sign().ok()) << "the same card, proven by its 9E key, needs no new login";
    EXPECT_EQ(wrong_pins(), 0U);
}

TEST_F(Recovery, calls_ride_through_a_removal) {
    Process process(transport_, riding_through());
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    transport_->remove(reader_name);
    std::atomic<int> good{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            const auto signature = process.sign();
            EXPECT_TRUE(signature.ok()) << to_string(signature.error());
            if (signature) ++good;
        });
    }
    sleep_for(std::chrono::milliseconds(100));
    EXPECT_EQ(good, 0);
    transport_->insert(reader_name, card_);
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(good, 8);
}

TEST_F(Recovery, calls_ride_through_a_restart_of_the_service) {
    Process process(transport_, riding_through());
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    transport_->stop_service();
    std::thread signer([&] {
        const auto signature = process.sign();
        EXPECT_TRUE(signature.ok()) << to_string(signature.error());
    });
    sleep_for(std::chrono::milliseconds(100));
    transport_->start_service();
    signer.join();
    EXPECT_EQ(wrong_pins(), 0U);
}

TEST_F(Recovery, a_restart_of_the_service_between_two_calls_is_not_noticed) {
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    for (int i = 0; i < 3; ++i) {
        transport_->stop_service();
        transport_->start_service();
        const auto signature = process.sign();
        EXPECT_TRUE(signature.ok()) << to_string(signature.error());
    }
}

TEST_F(Recovery, another_card_in_the_reader_is_noticed_and_gets_no_pin) {
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    const auto other = make_card(2);
    transport_->insert(reader_name, other);
    const auto signature = process.sign();
    ASSERT_FALSE(signature.ok());
    EXPECT_EQ(signature.error().code, ErrorCode::CardChanged);
    EXPECT_EQ(other->statistics().verify_attempts, 0U);
    transport_->insert(reader_name, card_);
    EXPECT_EQ(process.sign().error().code, ErrorCode::CardChanged) << "for good";
    EXPECT_NE(process.provider->slot(0)->token(), process.token) << "the slot has a new token";
}

TEST_F(Recovery, a_card_that_only_claims_to_be_ours_gets_no_pin) {
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    simulation::PivCardOptions options;
    options.guid = card_->options().guid.empty() ? Bytes{} : card_->options().guid;
    options.key_set = 77;  // other keys, same serial number and so the same GUID
    const auto impostor = make_card(1, options);
    transport_->insert(reader_name, impostor);
    const auto signature = process.sign();
    ASSERT_FALSE(signature.ok());
    EXPECT_EQ(signature.error().code, ErrorCode::LoginRequired);
    EXPECT_EQ(impostor->statistics().verify_attempts, 0U);
}

TEST_F(Recovery, an_impostor_gets_no_pin_though_ours_was_never_read) {
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    simulation::PivCardOptions options;
    options.key_set = 77;  // other keys, same serial number and so the same GUID
    const auto impostor = make_card(1, options);
    transport_->insert(reader_name, impostor);
    const auto signature = process.sign();
    ASSERT_FALSE(signature.ok());
    EXPECT_EQ(signature.error().code, ErrorCode::LoginRequired);
    EXPECT_EQ(impostor->statistics().verify_attempts, 0U);
}

TEST_F(Recovery, a_card_that_cannot_prove_itself_gets_the_pin_only_if_a_setting_says_so) {
    for (const bool reuse : {false, true}) {
        simulation::PivCardOptions options;
        options.key_set = 77;
        const auto twin = make_card(1, options);
        transport_->insert(reader_name, card_);
        Settings settings;
        settings.reuse_pin_without_proof = reuse;
        Process process(transport_, settings);
        ASSERT_TRUE(process.login());
        ASSERT_TRUE(process.sign(0x9A).ok());
        transport_->insert(reader_name, twin);
        (void)process.sign(0x9A);
        EXPECT_EQ(twin->statistics().verify_attempts > 0, reuse);
    }
}

TEST_F(Recovery, a_waiting_call_ends_when_nothing_moves) {
    Settings settings;
    settings.no_progress_limit = std::chrono::milliseconds(300);
    Process process(transport_, settings);
    ASSERT_TRUE(process.login());
    card_->set_delay(std::chrono::seconds(60));
    const auto stuck = process.sign();
    ASSERT_FALSE(stuck.ok());
    EXPECT_EQ(stuck.error().code, ErrorCode::NoProgress);
    card_->set_delay(Duration::zero());
    EXPECT_TRUE(soon([&] { return process.sign().ok(); }))
        << "and all is well when the card is back";
}

TEST_F(Recovery, a_deadline_is_kept_though_the_card_hangs) {
    Process process(transport_, {});
    ASSERT_TRUE(process.login());
    card_->set_delay(std::chrono::seconds(60));
    const auto late = process.sign_as(process.client, 0x9A, nullptr,
                                      Deadline::after(std::chrono::milliseconds(200)));
    ASSERT_FALSE(late.ok());
    EXPECT_EQ(late.error().code, ErrorCode::TimedOut);
    card_->set_delay(Duration::zero());
}

TEST_F(Recovery, a_hanging_reader_delays_only_its_own_callers) {
    const auto other = make_card(2);
    transport_->add_reader("Reader 1");
    transport_->insert("Reader 1", other);
    Process process(transport_, {});
    ASSERT_TRUE(soon([&] {
        return process.provider->slot(1) != nullptr ||
               !process.provider->slots(Deadline::never()).ok();
    }));
    const auto second = process.provider->slot(1)->token();
    const Client client = process.provider->make_client(our_domain);
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(second->login(client, pin(right_pin), Deadline::never()));
    card_->set_delay(std::chrono::seconds(60));
    std::thread stuck([&] {
        (void)process.sign_as(process.client, 0x9A, nullptr,
                              Deadline::after(std::chrono::milliseconds(500)));
    });
    token::SignRequest request;
    request.key_reference = 0x9A;
    request.public_key =
        second->contents(client, Deadline::never()).value()->find_key(0x9A)->key.public_key;
    request.scheme = token::RsaPkcs1{};
    request.input = Bytes(32, 1);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(second->sign(client, request, Deadline::never()).ok());
    stuck.join();
    card_->set_delay(Duration::zero());
}

}  // namespace
}  // namespace cardmux::promises

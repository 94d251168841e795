// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// G3, G5: several processes on one card (providers of their own, as processes have them).
#include <atomic>

#include "tests/promises/world.h"

namespace cardmux::promises {
namespace {

class Processes : public World {
  protected:
    Settings sharing() {
        Settings settings;
        settings.shared_folder = shared_folder();
        return settings;
    }
};

TEST_F(Processes, share_a_card_without_a_failure_and_in_turns) {
    Process one(transport_, sharing());
    Process other(transport_, sharing());
    ASSERT_TRUE(one.login());
    ASSERT_TRUE(other.login());
    std::atomic<bool> stop{false};
    std::atomic<int> by_one{0};
    std::atomic<int> by_other{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        Process& process = i % 2 == 0 ? one : other;
        std::atomic<int>& count = i % 2 == 0 ? by_one : by_other;
        threads.emplace_back([&] {
            const Client client = process.provider->make_client(our_domain);
            while (!stop) {
                const auto signature = process.sign_as(client);
                EXPECT_TRUE(signature.ok()) << to_string(signature.error());
                ++count;
            }
        });
    }
    EXPECT_TRUE(soon([&] { return by_one > 100 && by_other > 100; }));
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong_pins(), 0U);
}

TEST_F(Processes, an_idle_hold_ends_when_another_process_wants_the_card) {
    Settings settings = sharing();
    settings.hold = std::chrono::seconds(50);
    Process one(transport_, settings);
    Process other(transport_, settings);
    ASSERT_TRUE(one.login());
    const auto signature = other.login();
    EXPECT_TRUE(signature.ok())
        << "within the test's time limit, though the hold would last longer";
}

TEST_F(Processes, do_not_lend_each_other_their_authority) {
    Process one(transport_, sharing());
    Process other(transport_, sharing());
    ASSERT_TRUE(one.login());
    ASSERT_TRUE(one.sign().ok());
    EXPECT_EQ(other.sign().error().code, ErrorCode::LoginRequired);
}

TEST_F(Processes, work_without_the_shared_folder_by_the_services_own_lock) {
    Settings settings;
    settings.shared_folder = "/proc/no-such-folder";
    const auto log = std::make_shared<RecordedLog>();
    provider::Environment environment = Process::environment_of(transport_, true);
    environment.log = log;
    Process one(environment, settings);
    EXPECT_EQ(log->count({"level=warning", "shared_folder", settings.shared_folder}), 1);
    Process other(transport_, settings);
    ASSERT_TRUE(one.login());
    ASSERT_TRUE(other.login());
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(one.sign().ok());
        EXPECT_TRUE(other.sign().ok());
    }
}

TEST_F(Processes, name_the_folder_that_they_agree_in_once) {
    transport_->add_reader("Reader 1");
    const auto log = std::make_shared<RecordedLog>();
    provider::Environment environment = Process::environment_of(transport_, true);
    environment.log = log;
    Process process(environment, sharing());
    ASSERT_NE(process.provider->slot(1), nullptr);
    EXPECT_EQ(log->count({"level=info", "shared_folder", shared_folder()}), 1);
    EXPECT_EQ(log->count({"shared_folder"}), 1);
}

TEST_F(Processes, take_their_turn_from_the_environment_with_no_lock_held) {
    std::atomic<int> opened{0};
    provider::Environment environment = Process::environment_of(transport_, true);
    environment.open_turn = [&](const std::string& folder, const std::string& world,
                                const std::string& reader) {
        assert_no_lock_held("open a turn");
        EXPECT_EQ(reader, reader_name);
        ++opened;
        return transaction::open_shared_turn(folder, world, reader);
    };
    Process process(environment, sharing());
    EXPECT_TRUE(process.login());
    EXPECT_EQ(opened, 1);
}

TEST_F(Processes, lose_one_try_in_all_when_the_pin_was_changed_behind_their_back) {
    Settings settings = sharing();
    settings.hold = Duration::zero();
    Process one(transport_, settings);
    Process other(transport_, settings);
    ASSERT_TRUE(one.login());
    ASSERT_TRUE(other.login());
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(one.sign().ok());
        ASSERT_TRUE(other.sign().ok());
    }
    ASSERT_TRUE(soon([&] { return !card_->is_pin_verified(); }));
    card_->change_pin_behind_back("654321");
    EXPECT_FALSE(one.sign().ok());
    EXPECT_FALSE(other.sign().ok());
    EXPECT_EQ(wrong_pins(), 1U);
    EXPECT_EQ(card_->pin_tries_left(), 2);
}

}  // namespace
}  // namespace cardmux::promises

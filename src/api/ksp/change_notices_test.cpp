// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/change_notices.h"

#include "api/ksp/ksp_world_test.h"

namespace cardmux::ksp {
namespace {

constexpr std::uint32_t register_flag = 0x1;
constexpr std::uint32_t unregister_flag = 0x2;

class ChangingCards : public KspTest {
  protected:
    std::uint64_t registered() {
        std::uint64_t event = 0;
        EXPECT_TRUE(notify_change(*ksp_, provider_, event, register_flag).ok());
        return event;
    }
    bool is_signalled(std::uint64_t event, int times) {
        for (int i = 0; i < 500 && events_.signals(event) < times; ++i)
            sleep_for(std::chrono::milliseconds(10));
        return events_.signals(event) >= times;
    }
};

TEST_F(ChangingCards, signal_every_event_when_a_card_goes_and_when_it_comes) {
    const std::uint64_t one = registered();
    const std::uint64_t other = registered();
    EXPECT_NE(one, other);
    EXPECT_EQ(events_.signals(one), 0);
    transport_->remove("Reader 0");
    EXPECT_TRUE(is_signalled(one, 1));
    EXPECT_TRUE(is_signalled(other, 1));
    transport_->insert("Reader 0", card_);
    EXPECT_TRUE(is_signalled(one, 2));
}

TEST_F(ChangingCards, that_were_there_before_the_first_look_have_not_come) {
    for (int i = 0; i < 30; ++i) {
        start(simulation::KeyAlgorithm::P256);
        const std::uint64_t event = registered();
        transport_->remove("Reader 0");
        ASSERT_TRUE(is_signalled(event, 1));
        ASSERT_EQ(events_.signals(event), 1);
    }
}

TEST_F(ChangingCards, signal_no_event_that_was_given_back) {
    const std::uint64_t kept = registered();
    const std::uint64_t event = registered();
    std::uint64_t given_back = event;
    ASSERT_TRUE(notify_change(*ksp_, provider_, given_back, unregister_flag).ok());
    EXPECT_EQ(given_back, UINT64_MAX) << "INVALID_HANDLE_VALUE";
    EXPECT_TRUE(events_.is_closed(event));
    transport_->remove("Reader 0");
    EXPECT_TRUE(is_signalled(kept, 1));
    EXPECT_EQ(events_.signals(event), 0);
}

TEST_F(ChangingCards, wake_whoever_waits_for_a_provider_that_is_freed) {
    const std::uint64_t event = registered();
    ASSERT_TRUE(ksp_->free_provider(provider_).ok());
    EXPECT_EQ(events_.signals(event), 1);
    EXPECT_TRUE(events_.is_closed(event));
}

TEST_F(ChangingCards, take_an_event_back_from_its_own_handle_only) {
    const Handle another = open_provider(*ksp_, "", 0).value();
    const std::uint64_t event = registered();
    std::uint64_t wrong = event;
    EXPECT_EQ(code(notify_change(*ksp_, another, wrong, unregister_flag)),
              status::nte_invalid_parameter);
    wrong = 0;
    EXPECT_EQ(code(notify_change(*ksp_, provider_, wrong, unregister_flag)),
              status::nte_invalid_parameter);
    EXPECT_FALSE(events_.is_closed(event));
    for (const std::uint32_t flags : {0x0U, register_flag | unregister_flag,
                                      unregister_flag | flag::machine_key, register_flag | 0x100U})
        EXPECT_EQ(code(notify_change(*ksp_, provider_, wrong, flags)), status::nte_bad_flags);
    EXPECT_EQ(code(notify_change(*ksp_, another + 2, wrong, register_flag)),
              status::nte_invalid_handle);
}

}  // namespace
}  // namespace cardmux::ksp

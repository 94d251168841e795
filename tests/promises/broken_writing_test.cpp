// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Aim: a write that breaks off (its caller gives up, an answer is lost, the card refuses, memory
// runs out) leaves no authority, no key of which nobody was told, and nothing that is not true.
#include <atomic>

#include "tests/promises/writing_world.h"

namespace cardmux::promises {
namespace {

class BrokenWriting : public Writing {};

TEST_F(BrokenWriting, does_not_repeat_what_may_have_been_done) {
    use(empty_yubikey());
    Settings settings;
    settings.reuse_pin_without_proof = true;  // a card that was lost may be another one
    Process process(transport_, settings);
    ASSERT_TRUE(process.login().ok());
    // The answer to each command of a creation is lost in turn.
    int unknown = 0;
    int later = 0;
    for (bool was_lost = true; was_lost; ++later) {
        card_->clear_statistics();
        card_->lose_next_answer(later);
        const auto made = create(process, new_key());
        const auto statistics = card_->statistics();
        was_lost =
            std::ranges::count(statistics.last_apdus, 0, &simulation::ApduHeader::status_word) > 0;
        EXPECT_LE(statistics.count(ins_generate), 1U) << later;
        if (!made) {
            EXPECT_EQ(made.error().code, ErrorCode::OutcomeUnknown) << later;
            ++unknown;
        }
        if (was_lost) {
            EXPECT_EQ(foreign_put_data(), 0x6982) << later;
        }
        for (const token::TokenKey& key : contents(process)->keys) {
            EXPECT_EQ(use_key(process, key.key.reference), no_error) << later;
            EXPECT_EQ(code(remove(process, key.key.reference)), no_error) << later;
        }
        ASSERT_LT(later, 100);
    }
    EXPECT_GE(unknown, 1);
    EXPECT_GT(later, unknown + 10) << "what was lost before the first write is repeated";
    EXPECT_EQ(wrong_pins(), 0U);
}

TEST_F(BrokenWriting, does_not_call_given_up_what_has_begun) {
    use(empty_yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    card_->set_delay(std::chrono::milliseconds(30));
    ErrorCode outcome = no_error;
    std::thread creator([&] { outcome = code(create(process, new_key())); });
    EXPECT_TRUE(soon([&] { return card_->statistics().count(ins_generate) == 1; }));
    card_->set_delay(std::chrono::minutes(1));
    process.token->cancel(process.client);
    creator.join();
    EXPECT_EQ(outcome, ErrorCode::OutcomeUnknown);
    card_->set_delay(Duration::zero());
    EXPECT_EQ(contents(process)->keys.size(), 1U) << "the card went on";
}

TEST_F(BrokenWriting, makes_nothing_for_a_caller_who_was_told_that_it_was_given_up) {
    use(empty_yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    (void)contents(process);
    card_->clear_statistics();
    card_->set_delay(std::chrono::milliseconds(20));
    ErrorCode outcome = no_error;
    std::thread creator([&] { outcome = code(create(process, new_key())); });
    EXPECT_TRUE(soon([&] { return card_->statistics().apdus >= 2; }));
    card_->set_delay(std::chrono::minutes(1));  // before the first command that writes
    process.token->cancel(process.client);
    creator.join();
    EXPECT_EQ(outcome, ErrorCode::Cancelled);
    card_->set_delay(Duration::zero());
    EXPECT_TRUE(contents(process)->keys.empty());
    EXPECT_EQ(card_->statistics().count(ins_generate), 0U);
    EXPECT_EQ(foreign_put_data(), 0x6982);
}

TEST_F(BrokenWriting, leaves_no_authority_on_a_card_that_is_lost_when_nobody_waits_any_more) {
    auto options = empty_yubikey();
    options.behavior.keeps_authority = true;
    use(options);
    const auto log = std::make_shared<RecordedLog>();
    auto environment = Process::alone(Process::environment_of(transport_, true));
    environment.log = log;
    Process process(environment, {});
    ASSERT_TRUE(process.login().ok());
    (void)contents(process);
    card_->clear_statistics();
    card_->set_delay(std::chrono::milliseconds(20));
    ErrorCode outcome = no_error;
    std::thread creator([&] { outcome = code(create(process, new_key())); });
    EXPECT_TRUE(soon([&] { return card_->statistics().count(ins_generate) == 1; }));
    card_->set_delay(std::chrono::minutes(1));
    process.token->cancel(process.client);
    creator.join();
    EXPECT_EQ(outcome, ErrorCode::OutcomeUnknown);
    card_->lose_next_answer();
    card_->set_delay(Duration::zero());
    // Nobody calls: the card's own thread looks after it.
    EXPECT_TRUE(soon([&] { return log->count({"name=", "put the card in order"}) == 1; }));
    EXPECT_EQ(foreign_put_data(), 0x6982);
}

TEST_F(BrokenWriting, takes_the_authority_away_before_it_looks_whether_it_is_the_same_card) {
    const Settings settings = with_key(factory_key());
    use(plain_card());
    remove_chuid();  // it is known by its first certificate from now on
    Process process(transport_, settings);
    ASSERT_TRUE(process.login().ok());
    (void)contents(process);
    card_->clear_statistics();
    card_->set_delay(std::chrono::milliseconds(20));
    ErrorCode outcome = no_error;
    std::thread remover([&] { outcome = code(remove(process, 0x9A)); });
    EXPECT_TRUE(soon([&] { return card_->certificate(0x9A).empty(); }));
    transport_->remove(reader_name);
    card_->set_delay(Duration::zero());
    card_->clear_statistics();
    transport_->insert(reader_name, card_);
    remover.join();
    EXPECT_EQ(code(process.token->contents(process.client, Deadline::never())),
              ErrorCode::CardChanged);
    EXPECT_EQ(card_->statistics().selects, 3U) << "PIV, another application, PIV";
}

TEST_F(BrokenWriting, disturbs_nobody_who_waits_while_a_card_makes_a_long_key) {
    simulation::PivCardOptions options{.key_algorithm = simulation::KeyAlgorithm::P256};
    options.behavior.yubico = true;
    use(options);
    const auto log = std::make_shared<RecordedLog>();
    auto environment = Process::alone(Process::environment_of(transport_, true));
    environment.log = log;
    Settings settings;
    settings.no_progress_limit = std::chrono::milliseconds(300);
    Process process(environment, settings);
    ASSERT_TRUE(process.login().ok());
    (void)contents(process);
    card_->clear_statistics();
    card_->set_delay(std::chrono::milliseconds(10));
    ErrorCode made = no_error;
    ErrorCode read = no_error;
    std::thread creator([&] { made = code(create(process, new_key())); });
    EXPECT_TRUE(soon([&] { return card_->statistics().count(ins_generate) == 1; }));
    card_->set_delay(std::chrono::minutes(1));
    std::thread reader([&] {
        const Client other = process.provider->make_client(our_domain);
        read = code(process.token->contents(other, Deadline::never()));
    });
    sleep_for(std::chrono::milliseconds(900));
    card_->set_delay(Duration::zero());
    creator.join();
    reader.join();
    EXPECT_EQ(made, no_error);
    EXPECT_EQ(read, no_error);
    ASSERT_EQ(code(remove(process, 0x82)), no_error);
    EXPECT_EQ(log->count({"delete key", "key=82"}), 1);
}

TEST_F(BrokenWriting, shows_nobody_the_old_contents_once_it_has_begun) {
    use(empty_yubikey());
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    (void)contents(process);
    card_->clear_statistics();
    card_->set_delay(std::chrono::milliseconds(20));
    std::thread creator([&] { (void)create(process, new_key()).ok(); });
    EXPECT_TRUE(soon([&] { return card_->statistics().count(ins_generate) == 1; }));
    card_->set_delay(std::chrono::minutes(1));
    process.token->cancel(process.client);
    creator.join();
    const auto soon_over = Deadline::after(std::chrono::milliseconds(50));
    EXPECT_EQ(code(process.token->contents(process.client, soon_over)), ErrorCode::TimedOut)
        << "queued behind the one who writes";
    card_->set_delay(Duration::zero());
    EXPECT_EQ(contents(process)->keys.size(), 1U);
}

TEST_F(BrokenWriting, shows_no_old_certificate_over_a_new_key) {
    Settings settings = with_key(factory_key());
    settings.reuse_pin_without_proof = true;
    bool was_generated = false;
    for (int later = 0; !was_generated; ++later) {
        ASSERT_LT(later, 60);
        use(plain_card());
        Process process(transport_, settings);
        ASSERT_TRUE(process.login().ok());
        ASSERT_NE(contents(process)->find_key(0x9A), nullptr);
        card_->clear_statistics();
        card_->lose_next_answer(later);
        NewKey key = new_key();
        key.key_reference = 0x9A;
        key.replace = true;
        const auto made = create(process, std::move(key));
        for (const simulation::ApduHeader& apdu : card_->statistics().last_apdus)
            was_generated = was_generated || (apdu.ins == ins_generate && apdu.status_word == 0);
        if (!was_generated) continue;
        EXPECT_EQ(code(made), ErrorCode::OutcomeUnknown);
        EXPECT_EQ(contents(process)->find_key(0x9A), nullptr);
        EXPECT_TRUE(card_->certificate(0x9A).empty());
    }
}

TEST_F(BrokenWriting, leaves_the_old_key_its_certificate_if_the_card_refuses_the_new_one) {
    const Settings settings = with_key(factory_key());
    use(plain_card());
    Process process(transport_, settings);
    ASSERT_TRUE(process.login().ok());
    const Bytes before = card_->certificate(0x9A);
    NewKey key = new_key(crypto::RsaKind{1024});
    key.key_reference = 0x9A;
    key.replace = true;
    EXPECT_EQ(code(create(process, std::move(key))), ErrorCode::NotSupported);
    EXPECT_EQ(card_->certificate(0x9A), before);
    EXPECT_EQ(use_key(process, 0x9A), no_error);
}

/// A card whose answers to "make a key" cannot be understood: the key is there all the same.
class MumblingCard final : public simulation::SimulatedCard {
  public:
    MumblingCard(std::shared_ptr<SimulatedPivCard> inner, int answers)
        : inner_(std::move(inner)), left_(answers) {}
    Bytes atr() const override { return inner_->atr(); }
    void reset() override { inner_->reset(); }
    void power_off() override { inner_->power_off(); }
    Bytes transmit(ByteView command) override {
        Bytes answer = inner_->transmit(command);
        const bool made_key = command.size() > 1 && command[1] == ins_generate && answer.size() > 2;
        if (!made_key || left_.fetch_sub(1) <= 0) return answer;
        return {0x7F, 0x90, 0x00};
    }

  private:
    std::shared_ptr<SimulatedPivCard> inner_;
    std::atomic<int> left_;  // how many answers are to be mumbled
};

TEST_F(BrokenWriting, takes_back_a_key_of_which_the_card_tells_nonsense) {
    auto deleting = empty_yubikey();
    deleting.behavior.yubico_deletes_keys = true;
    auto full = plain_card();
    full.behavior.yubico = true;
    const Settings settings = with_key(factory_key());
    for (const auto& options : {deleting, empty_yubikey(), full, plain_card()}) {
        use(options);
        transport_->insert(reader_name, std::make_shared<MumblingCard>(card_, 1));
        Process process(transport_, settings);
        ASSERT_TRUE(process.login().ok());
        const auto create_at_9a = [&](bool replace) {
            NewKey key = new_key();
            key.key_reference = 0x9A;
            key.replace = replace;
            return code(create(process, std::move(key)));
        };
        EXPECT_EQ(create_at_9a(true), ErrorCode::CardDataMalformed);
        EXPECT_EQ(contents(process)->find_key(0x9A), nullptr);
        EXPECT_TRUE(card_->certificate(0x9A).empty());
        EXPECT_EQ(foreign_put_data(), 0x6982);
        EXPECT_EQ(create_at_9a(false), no_error) << "the place is free";
        EXPECT_EQ(use_key(process, 0x9A), no_error);
    }
}

TEST_F(BrokenWriting, does_not_say_what_became_of_a_key_that_it_could_not_take_back) {
    use(empty_yubikey());  // which overwrites keys, and is not understood there either
    transport_->insert(reader_name, std::make_shared<MumblingCard>(card_, 2));
    Process process(transport_, {});
    ASSERT_TRUE(process.login().ok());
    EXPECT_EQ(code(create(process, new_key())), ErrorCode::OutcomeUnknown);
    EXPECT_EQ(foreign_put_data(), 0x6982);
}

/// Memory runs out where the serial number of a certificate is drawn.
class ThrowingRandom final : public RandomSource {
  public:
    void fill(std::span<std::uint8_t> out) override {
        if (out.size() == 16) throw std::bad_alloc();
        system_random().fill(out);
    }
};

TEST_F(BrokenWriting, takes_the_authority_away_also_if_memory_runs_out) {
    const Settings settings = with_key(factory_key());
    use(plain_card());
    ThrowingRandom random;
    auto environment = Process::alone(Process::environment_of(transport_, true));
    environment.random = &random;
    Process process(environment, settings);
    ASSERT_TRUE(process.login().ok());
    const auto before = contents(process);
    NewKey key = new_key();
    key.key_reference = 0x9A;
    key.replace = true;
    EXPECT_EQ(code(create(process, std::move(key))), ErrorCode::OutOfMemory);
    EXPECT_EQ(foreign_put_data(), 0x6982);
    EXPECT_NE(contents(process), before) << "read anew";
}

}  // namespace
}  // namespace cardmux::promises

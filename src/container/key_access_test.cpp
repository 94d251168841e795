// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "container/key_access.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <functional>

#include "container/asking_thread.h"
#include "container/find_container.h"
#include "simulation/simulated_piv_card.h"
#include "simulation/simulated_transport.h"

namespace cardmux::container {
namespace {

using simulation::SimulatedPivCard;

constexpr token::DomainId domain = 7;
constexpr std::uint8_t once_key = 0x9A;
constexpr std::uint8_t always_key = 0x9C;

SecretBytes secret(const std::string& text) {
    return SecretBytes(bytes_of(text));
}

/// A person who types what is on the list, and closes the question when it is empty.
class TypingPerson final : public PinPrompt {
  public:
    explicit TypingPerson(std::deque<std::string> pins) : pins_(std::move(pins)) {}

    Result<SecretBytes> ask(const PinQuestion& question) override {
        questions.push_back(question);
        if (pins_.empty()) {
            return Error(ErrorCode::Cancelled, "ask").with_detail(cancelled_by_person);
        }
        const std::string pin = pins_.front();
        pins_.pop_front();
        return secret(pin);
    }

    std::vector<PinQuestion> questions;

  private:
    std::deque<std::string> pins_;
};

/// A person who always types the right PIN, whichever thread asks.
class PatientPerson final : public PinPrompt {
  public:
    Result<SecretBytes> ask(const PinQuestion& /*question*/) override {
        ++question_count;
        return secret("123456");
    }

    std::atomic<int> question_count = 0;
};

/// A dialog whose window procedure does `inside` while it is shown; then it is answered, or closed.
class BusyDialog final : public PinPrompt {
  public:
    Result<SecretBytes> ask(const PinQuestion& /*question*/) override {
        ++question_count;
        if (inside) inside();
        if (!answers.empty()) {
            const std::string answer = answers.front();
            answers.pop_front();
            return secret(answer);
        }
        return Error(ErrorCode::Cancelled, "ask").with_detail(cancelled_by_person);
    }

    std::function<void()> inside;
    std::deque<std::string> answers;
    std::atomic<int> question_count = 0;
};

/// A process with no desktop.
class NoDesktop final : public PinPrompt {
  public:
    Result<SecretBytes> ask(const PinQuestion& question) override {
        (void)question;
        return Error(ErrorCode::NotSupported, "ask");
    }
};

class KeyAccessTest : public testing::Test {
  protected:
    KeyAccessTest() {
        simulation::PivCardOptions options;
        options.behavior.yubico = true;  // one that says that it has the factory's management key
        card_ = std::move(SimulatedPivCard::create(options)).value();
        transport_ = std::make_shared<simulation::SimulatedTransport>();
        transport_->add_reader("Reader 0");
        transport_->insert("Reader 0", card_);
        provider::Environment environment;
        environment.transport = transport_;
        provider_ = std::move(provider::Provider::create(environment, {})).value();
    }
    ~KeyAccessTest() override { provider_->shut_down(Deadline::after(std::chrono::seconds(10))); }

    Caller caller() {
        Caller caller;
        caller.client = provider_->make_client(domain);
        return caller;
    }
    FoundContainer find(std::uint8_t key) {
        const auto client = provider_->make_client(domain);
        auto card = card_in(*provider_, "Reader 0", client, Deadline::never());
        EXPECT_TRUE(card.ok());
        for (const Container& container : containers_of(*card->contents)) {
            if (container.key_reference == key) return {*card, container};
        }
        ADD_FAILURE() << "no such key";
        return {};
    }
    static Result<Bytes> sign(KeyAccess& access, const FoundContainer& container,
                              const Caller& caller) {
        token::SignRequest request;
        request.scheme = token::RsaPkcs1{};
        if (std::holds_alternative<crypto::EcPublicKey>(container.key().key.public_key))
            request.scheme = token::Ecdsa{};
        request.input = Bytes(32, 0x42);
        return access.sign(container, caller, request);
    }

    /// So many of `uses` signatures in each of eight threads went well.
    int sign_in_threads(KeyAccess& access, const FoundContainer& key, const PinRules& rules,
                        int uses) {
        std::atomic<int> signatures = 0;
        std::vector<Thread> threads(8);
        for (Thread& thread : threads) {
            thread.start("test-sign", [&] {
                Caller one = caller();
                one.rules = rules;
                for (int i = 0; i < uses; ++i) signatures += sign(access, key, one).ok() ? 1 : 0;
            });
        }
        for (Thread& thread : threads) thread.join();
        return signatures;
    }

    std::shared_ptr<SimulatedPivCard> card_;
    std::shared_ptr<simulation::SimulatedTransport> transport_;
    std::shared_ptr<provider::Provider> provider_;
};

TEST_F(KeyAccessTest, a_silent_caller_without_login_is_refused_and_nobody_is_asked) {
    const auto person = std::make_shared<TypingPerson>(std::deque<std::string>{"123456"});
    KeyAccess access(person);
    Caller silent = caller();
    silent.is_silent = true;
    const auto refused = sign(access, find(once_key), silent);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::LoginRequired);
    EXPECT_TRUE(person->questions.empty());
}

TEST_F(KeyAccessTest, a_pin_that_was_given_counts_for_every_context_of_the_domain) {
    KeyAccess access(nullptr);
    const FoundContainer key = find(once_key);
    ASSERT_TRUE(access.give_pin(key.card, caller(), secret("123456")).ok());
    EXPECT_TRUE(sign(access, key, caller()).ok());
    EXPECT_TRUE(sign(access, find(always_key), caller()).ok());
    Caller another = caller();
    another.client.domain = domain + 1;
    EXPECT_FALSE(sign(access, key, another).ok());
}

TEST_F(KeyAccessTest, a_caller_whom_nobody_knows_uses_no_key) {
    const auto person = std::make_shared<PatientPerson>();
    KeyAccess access(person);
    Caller unknown = caller();
    unknown.client.domain = token::unknown_domain;
    const FoundContainer key = find(once_key);
    const auto given = access.give_pin(key.card, unknown, secret("123456"));
    const auto used = sign(access, key, unknown);
    ASSERT_FALSE(given.ok() || used.ok());
    EXPECT_EQ(given.error().code, ErrorCode::AccessDenied);
    EXPECT_EQ(used.error().code, ErrorCode::AccessDenied);
    EXPECT_EQ(person->question_count, 0);
}

TEST_F(KeyAccessTest, a_person_is_asked_until_the_pin_is_right_and_told_what_is_left) {
    const auto person = std::make_shared<TypingPerson>(std::deque<std::string>{"999999", "123456"});
    KeyAccess access(person);
    EXPECT_TRUE(sign(access, find(once_key), caller()).ok());
    ASSERT_EQ(person->questions.size(), 2u);
    EXPECT_FALSE(person->questions[0].was_wrong);
    EXPECT_TRUE(person->questions[1].was_wrong);
    EXPECT_EQ(person->questions[1].tries_left, 2);
    EXPECT_TRUE(sign(access, find(once_key), caller()).ok());
    EXPECT_EQ(person->questions.size(), 2u) << "asked although the login counts";
}

TEST_F(KeyAccessTest, a_person_who_closes_the_question_ends_the_call) {
    KeyAccess access(std::make_shared<TypingPerson>(std::deque<std::string>{}));
    const auto ended = sign(access, find(once_key), caller());
    ASSERT_FALSE(ended.ok());
    EXPECT_EQ(ended.error().code, ErrorCode::Cancelled);
    EXPECT_EQ(ended.error().detail, cancelled_by_person);
}

TEST_F(KeyAccessTest, many_threads_ask_the_person_once) {
    const auto person = std::make_shared<TypingPerson>(std::deque<std::string>{"123456"});
    KeyAccess access(person);
    const FoundContainer key = find(once_key);
    std::atomic<int> signatures = 0;
    std::vector<Thread> threads(8);
    for (Thread& thread : threads) {
        thread.start("test-sign", [&] { signatures += sign(access, key, caller()).ok() ? 1 : 0; });
    }
    for (Thread& thread : threads) thread.join();
    EXPECT_EQ(signatures, 8);
    EXPECT_EQ(person->questions.size(), 1u);
}

TEST_F(KeyAccessTest, a_pin_with_a_lifetime_ends_with_it) {
    KeyAccess access(nullptr);
    Caller timed = caller();
    timed.rules = {PinCachePolicy::Timed, std::chrono::milliseconds(200)};
    const FoundContainer key = find(once_key);
    ASSERT_TRUE(access.give_pin(key.card, timed, secret("123456")).ok());
    EXPECT_TRUE(sign(access, key, timed).ok());
    sleep_for(std::chrono::milliseconds(250));
    const auto late = sign(access, key, timed);
    ASSERT_FALSE(late.ok());
    EXPECT_EQ(late.error().code, ErrorCode::LoginRequired);
}

TEST_F(KeyAccessTest, with_always_prompt_each_use_asks_and_a_given_pin_is_not_presented) {
    const auto person = std::make_shared<TypingPerson>(std::deque<std::string>{"123456", "123456"});
    KeyAccess access(person);
    Caller always = caller();
    always.rules.policy = PinCachePolicy::AlwaysPrompt;
    const FoundContainer key = find(once_key);
    EXPECT_TRUE(access.give_pin(key.card, always, secret("999999")).ok());
    EXPECT_TRUE(sign(access, key, always).ok());
    EXPECT_TRUE(sign(access, key, always).ok());
    EXPECT_EQ(person->questions.size(), 2u);
    EXPECT_EQ(card_->pin_tries_left(), 3);
}

TEST_F(KeyAccessTest, with_always_prompt_threads_ask_once_for_each_use_and_none_loses_its_login) {
    const auto person = std::make_shared<PatientPerson>();
    KeyAccess access(person);
    const PinRules always{PinCachePolicy::AlwaysPrompt, Duration::zero()};
    EXPECT_EQ(sign_in_threads(access, find(once_key), always, 10), 80);
    EXPECT_EQ(person->question_count, 80);
    EXPECT_FALSE(find(once_key).card.token->is_logged_in(domain));
}

TEST_F(KeyAccessTest, a_pin_that_counts_for_no_time_serves_the_use_for_which_it_was_typed) {
    const auto person = std::make_shared<PatientPerson>();
    KeyAccess access(person);
    const PinRules none{PinCachePolicy::None, Duration::zero()};
    EXPECT_EQ(sign_in_threads(access, find(once_key), none, 10), 80);
    EXPECT_EQ(person->question_count, 80);
    EXPECT_FALSE(find(once_key).card.token->is_logged_in(domain));
}

TEST_F(KeyAccessTest, with_none_a_pin_counts_for_the_hold_in_which_it_was_given) {
    KeyAccess access(nullptr);
    Caller none = caller();
    none.rules = {PinCachePolicy::None, std::chrono::milliseconds(300)};
    const FoundContainer key = find(once_key);
    ASSERT_TRUE(access.give_pin(key.card, none, secret("123456")).ok());
    EXPECT_TRUE(sign(access, key, none).ok());
    EXPECT_TRUE(sign(access, key, none).ok());
    sleep_for(std::chrono::milliseconds(350));
    const auto late = sign(access, key, none);
    ASSERT_FALSE(late.ok());
    EXPECT_EQ(late.error().code, ErrorCode::LoginRequired);
}

TEST_F(KeyAccessTest, a_use_that_asked_does_not_end_a_login_that_still_counts) {
    const auto person = std::make_shared<PatientPerson>();
    KeyAccess access(person);
    const FoundContainer key = find(once_key);
    ASSERT_TRUE(access.give_pin(key.card, caller(), secret("123456")).ok());
    Caller always = caller();
    always.rules.policy = PinCachePolicy::AlwaysPrompt;
    EXPECT_TRUE(sign(access, key, always).ok());
    Caller silent = caller();
    silent.is_silent = true;
    EXPECT_TRUE(sign(access, key, silent).ok());
    EXPECT_EQ(person->question_count, 1);
}

TEST_F(KeyAccessTest, nobody_is_asked_inside_a_transaction) {
    const auto dialog = std::make_shared<BusyDialog>();
    KeyAccess access(dialog);
    std::vector<bool> open;
    dialog->answers = {"999999", "123456"};
    dialog->inside = [&] { open.push_back(transport_->is_in_transaction("Reader 0")); };
    const FoundContainer key = find(once_key);
    EXPECT_TRUE(transport_->is_in_transaction("Reader 0")) << "no hold: the test shows nothing";
    EXPECT_TRUE(sign(access, key, caller()).ok());
    EXPECT_EQ(open, std::vector<bool>(2, false));
}

/// Found by the simulated world.
TEST_F(KeyAccessTest, a_question_does_not_keep_others_beyond_their_deadline) {
    const auto dialog = std::make_shared<BusyDialog>();
    KeyAccess access(dialog);
    const FoundContainer key = find(once_key);
    std::atomic<bool> has_returned = false;
    Thread other;
    dialog->answers = {"123456"};
    dialog->inside = [&] {
        other.start("test-other", [&] {
            Caller hasty = caller();
            hasty.deadline = Deadline::after(std::chrono::milliseconds(20));
            const auto late = sign(access, key, hasty);
            EXPECT_EQ(late.ok() ? ErrorCode::Internal : late.error().code, ErrorCode::TimedOut);
            has_returned = true;
        });
        for (int i = 0; i < 5000 && !has_returned; ++i) sleep_for(std::chrono::milliseconds(1));
        EXPECT_TRUE(has_returned) << "it waits for the person who is asked";
    };
    EXPECT_TRUE(sign(access, key, caller()).ok());
    other.join();
    EXPECT_EQ(access.waiting_count(), 0U);
}

TEST_F(KeyAccessTest, a_use_inside_the_question_of_its_own_thread_is_refused) {
    const auto dialog = std::make_shared<BusyDialog>();
    KeyAccess access(dialog);
    KeyAccess of_another_interface(dialog);
    const FoundContainer key = find(once_key);
    std::vector<ErrorCode> inside;
    dialog->inside = [&] {
        for (KeyAccess* asked : {&access, &of_another_interface}) {
            const auto nested = sign(*asked, key, caller());
            inside.push_back(nested.ok() ? ErrorCode::Internal : nested.error().code);
        }
    };
    EXPECT_FALSE(sign(access, key, caller()).ok());
    EXPECT_EQ(inside, std::vector(2, ErrorCode::LoginRequired));
    EXPECT_EQ(dialog->question_count, 1);
}

TEST_F(KeyAccessTest,
       a_use_inside_a_question_of_another_kind_is_refused_and_one_of_its_own_is_not) {
    const auto person = std::make_shared<PatientPerson>();
    KeyAccess access(person);
    const FoundContainer key = find(once_key);
    const AskingThread for_a_card;
    const auto nested = sign(access, key, caller());
    ASSERT_FALSE(nested.ok());
    EXPECT_EQ(nested.error().code, ErrorCode::LoginRequired);
    EXPECT_EQ(person->question_count, 0);
    {
        const AskingThread looks_at_the_card(false);
        EXPECT_TRUE(sign(access, key, caller()).ok());
    }
    EXPECT_TRUE(AskingThread::is_this());
}

TEST_F(KeyAccessTest, a_question_says_for_others_that_its_thread_is_inside_one) {
    const auto dialog = std::make_shared<BusyDialog>();
    KeyAccess access(dialog);
    bool was_inside = false;
    dialog->inside = [&] { was_inside = AskingThread::is_this(); };
    EXPECT_FALSE(sign(access, find(once_key), caller()).ok());
    EXPECT_TRUE(was_inside);
    EXPECT_FALSE(AskingThread::is_this());
}

TEST_F(KeyAccessTest, a_key_that_is_replaced_while_the_person_is_asked_does_not_sign) {
    const auto dialog = std::make_shared<BusyDialog>();
    dialog->answers = {"123456"};
    dialog->inside = [&] {  // the same card, after another program was at it
        transport_->remove("Reader 0");
        card_ = std::move(SimulatedPivCard::create({.key_set = 5})).value();
        transport_->insert("Reader 0", card_);
    };
    KeyAccess access(dialog);
    const auto ended = sign(access, find(once_key), caller());
    ASSERT_FALSE(ended.ok());
    EXPECT_EQ(ended.error().code, ErrorCode::KeyNotFound);
    EXPECT_EQ(dialog->question_count, 1);
    dialog->inside = nullptr;
    EXPECT_TRUE(sign(access, find(once_key), caller()).ok());
}

TEST_F(KeyAccessTest, who_waited_for_a_question_that_was_closed_is_not_asked_again) {
    const auto dialog = std::make_shared<BusyDialog>();
    KeyAccess access(dialog);
    const FoundContainer key = find(once_key);
    std::atomic<int> cancelled = 0;
    std::vector<Thread> threads(8);
    const auto use = [&] {
        const auto ended = sign(access, key, caller());
        if (!ended && ended.error().detail == cancelled_by_person) ++cancelled;
    };
    dialog->inside = [&] {
        if (dialog->question_count > 1) return;
        for (Thread& thread : threads) thread.start("test-sign", use);
        while (access.waiting_count() < threads.size()) sleep_for(std::chrono::milliseconds(1));
    };
    use();
    for (Thread& thread : threads) thread.join();
    EXPECT_EQ(cancelled, 9);
    EXPECT_EQ(dialog->question_count, 1);
    use();  // a later one is asked
    EXPECT_EQ(dialog->question_count, 2);
}

TEST_F(KeyAccessTest, a_pin_that_was_taken_back_counts_no_more) {
    KeyAccess access(nullptr);
    const FoundContainer key = find(once_key);
    ASSERT_TRUE(access.give_pin(key.card, caller(), secret("123456")).ok());
    access.forget_pin(key.card, domain);
    EXPECT_FALSE(sign(access, key, caller()).ok());
}

TEST_F(KeyAccessTest, containers_are_found_by_all_their_names) {
    const FoundContainer key = find(once_key);
    EXPECT_TRUE(key.container.is_default);
    EXPECT_NE(key.certificate(), nullptr);
    EXPECT_LE(key.container.name.size(), container_name_max);
    for (const std::string& text :
         {full_name("Reader 0", key.container.name), std::string(R"(\\.\Reader 0)"),
          std::string(R"(\\.\Reader 0\)"), key.container.name, std::string()}) {
        const auto name = parse_container_name(text);
        const auto found = find_container(*provider_, *name, caller().client, Deadline::never());
        ASSERT_TRUE(found.ok()) << text;
        EXPECT_EQ(found->container.name, key.container.name) << text;
    }
}

TEST_F(KeyAccessTest, what_is_not_there_is_told_apart) {
    const auto code_for = [&](const std::string& text) {
        const auto found = find_container(*provider_, parse_container_name(text).value(),
                                          caller().client, Deadline::never());
        return found.ok() ? ErrorCode::Internal : found.error().code;
    };
    EXPECT_EQ(code_for("nobody"), ErrorCode::KeyNotFound);
    EXPECT_EQ(code_for(R"(\\.\Reader 0\nobody)"), ErrorCode::KeyNotFound);
    EXPECT_EQ(code_for(R"(\\.\Reader 9\nobody)"), ErrorCode::ReaderUnavailable);
    transport_->remove("Reader 0");
    for (int i = 0; i < 200 && code_for("") != ErrorCode::CardAbsent; ++i)
        sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(code_for(""), ErrorCode::CardAbsent);
}

TEST_F(KeyAccessTest, who_writes_to_a_card_is_asked_for_the_pin_once) {
    simulation::PivCardOptions options;
    options.serial_number = 2;
    options.behavior.yubico = true;
    transport_->add_reader("Reader 1");
    transport_->insert("Reader 1", std::move(SimulatedPivCard::create(options)).value());
    const auto card = card_in(*provider_, "Reader 1", caller().client, Deadline::never()).value();
    const auto person = std::make_shared<TypingPerson>(std::deque<std::string>{"999999", "123456"});
    KeyAccess access(person);
    token::NewKey wanted;
    wanted.source = crypto::KeyKind(crypto::Curve::P256);
    Caller silent = caller();
    silent.is_silent = true;
    EXPECT_EQ(access.create_key(card, silent, wanted).error().code, ErrorCode::LoginRequired);
    EXPECT_TRUE(person->questions.empty());
    const auto place = access.create_key(card, caller(), wanted);
    ASSERT_TRUE(place.ok());
    EXPECT_EQ(person->questions.size(), 2u) << "the first PIN was wrong";
    EXPECT_TRUE(access.create_key(card, silent, wanted).ok()) << "logged in now";
    FoundContainer made{card_in(*provider_, "Reader 1", caller().client, Deadline::never()).value(),
                        {}};
    made.container.key_reference = *place;
    EXPECT_TRUE(access.write_certificate(made, silent, {}).ok());
    EXPECT_TRUE(access.delete_key(made, silent).ok());
    EXPECT_EQ(person->questions.size(), 2u);
}

TEST_F(KeyAccessTest, writing_is_not_repeated_for_another_reason_than_the_login) {
    const auto person = std::make_shared<TypingPerson>(std::deque<std::string>{"123456", "123456"});
    KeyAccess access(person);
    token::NewKey in_a_taken_place;
    in_a_taken_place.key_reference = once_key;
    in_a_taken_place.source = crypto::KeyKind(crypto::Curve::P256);
    const auto failed = access.create_key(find(once_key).card, caller(), in_a_taken_place);
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code, ErrorCode::AlreadyExists);
    EXPECT_EQ(person->questions.size(), 1u);
}

TEST_F(KeyAccessTest, a_key_that_was_replaced_is_not_used_for_the_one_that_was_found) {
    KeyAccess access(nullptr);
    const FoundContainer found = find(once_key);
    ASSERT_TRUE(access.give_pin(found.card, caller(), secret("123456")).ok());
    EXPECT_TRUE(sign(access, found, caller()).ok());
    token::NewKey key;
    key.key_reference = once_key;
    key.source = crypto::KeyKind(crypto::Curve::P256);
    key.replace = true;
    const auto replaced = access.create_key(found.card, caller(), key);
    ASSERT_TRUE(replaced.ok()) << to_string(replaced.error());
    const auto refused = sign(access, found, caller());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::KeyNotFound);
    EXPECT_EQ(access.write_certificate(found, caller(), {}).error().code, ErrorCode::KeyNotFound);
    EXPECT_EQ(access.delete_key(found, caller()).error().code, ErrorCode::KeyNotFound);
    EXPECT_TRUE(sign(access, find(once_key), caller()).ok());
}

TEST_F(KeyAccessTest, where_there_is_no_desktop_a_login_is_required) {
    KeyAccess access(std::make_shared<NoDesktop>());
    const auto result = sign(access, find(once_key), caller());
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::LoginRequired);
}

}  // namespace
}  // namespace cardmux::container

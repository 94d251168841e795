// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// G6, and what holds do with authority: every clause, with the card's counter before and after.
#include "iso7816/apdu.h"
#include "tests/promises/world.h"

namespace cardmux::promises {
namespace {

class Authority : public World {
  protected:
    static Settings long_hold() {
        Settings settings;
        settings.hold = std::chrono::seconds(20);
        return settings;
    }
    static Settings no_hold() {
        Settings settings;
        settings.hold = Duration::zero();
        return settings;
    }

    /// Sends one APDU as a foreign program does, in a transaction of its own.
    std::uint16_t foreign(transport::CardConnection& connection,
                          const iso7816::CommandApdu& command) {
        EXPECT_TRUE(connection.begin().ok());
        const auto answer =
            connection.transmit(*iso7816::encode(command, iso7816::LengthForm::Short));
        EXPECT_TRUE(connection.end(transport::Disposition::Leave).ok());
        return answer ? iso7816::parse_response(*answer)->status_word : 0;
    }
    static iso7816::CommandApdu select_piv() {
        return {0, 0xA4, 4, 0, {0xA0, 0, 0, 3, 8, 0, 0, 0x10, 0, 1, 0}, 256};
    }
    static iso7816::CommandApdu verify(const char* text) {
        Bytes data = to_bytes(bytes_of(text));
        data.resize(8, 0xFF);
        return {0, 0x20, 0, 0x80, data, {}};
    }
    static iso7816::CommandApdu pin_status() { return {0, 0x20, 0, 0x80, {}, {}}; }
};

TEST_F(Authority, is_taken_from_the_card_when_the_hold_ends) {
    Process process(transport_, no_hold());
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    ASSERT_TRUE(soon([&] { return !card_->is_pin_verified(); }));
    auto foreigner = foreign_program();
    ASSERT_EQ(foreign(*foreigner, select_piv()), 0x9000);
    EXPECT_EQ(foreign(*foreigner, pin_status()), 0x63C3);
}

TEST_F(Authority, is_taken_from_a_card_without_logout_by_selecting_another_applet) {
    simulation::PivCardOptions options;
    options.behavior.has_logout = false;
    insert(make_card(2, options));
    Process process(transport_, no_hold());
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    EXPECT_TRUE(soon([&] { return !card_->is_pin_verified(); }));
}

TEST_F(Authority, stays_on_the_card_only_if_a_setting_says_so) {
    Settings settings = no_hold();
    settings.leave_authority = true;
    {
        Process process(transport_, settings);
        ASSERT_TRUE(process.login());
        ASSERT_TRUE(process.sign().ok());
    }
    EXPECT_TRUE(card_->is_pin_verified());
}

TEST_F(Authority, of_another_program_is_left_on_the_card) {
    auto foreigner = foreign_program();
    ASSERT_EQ(foreign(*foreigner, select_piv()), 0x9000);
    ASSERT_EQ(foreign(*foreigner, verify(right_pin)), 0x9000);
    Process process(transport_, no_hold());
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    EXPECT_EQ(foreign(*foreigner, pin_status()), 0x9000);
}

TEST_F(Authority, of_another_program_is_not_enough_for_a_client_that_never_logged_in) {
    auto foreigner = foreign_program();
    ASSERT_EQ(foreign(*foreigner, select_piv()), 0x9000);
    ASSERT_EQ(foreign(*foreigner, verify(right_pin)), 0x9000);
    Process process(transport_, {});
    const auto signature = process.sign();
    ASSERT_FALSE(signature.ok());
    EXPECT_EQ(signature.error().code, ErrorCode::LoginRequired);
}

TEST_F(Authority, in_a_hold_is_not_lent_to_another_domain) {
    Process process(transport_, long_hold());
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    ASSERT_TRUE(card_->is_pin_verified());
    const Client stranger = process.provider->make_client(our_domain + 1);
    const auto operations = card_->statistics().private_key_operations;
    const auto signature = process.sign_as(stranger);
    ASSERT_FALSE(signature.ok());
    EXPECT_EQ(signature.error().code, ErrorCode::LoginRequired);
    EXPECT_EQ(card_->statistics().private_key_operations, operations);
}

TEST_F(Authority, ends_with_logout_though_a_hold_would_last) {
    Process process(transport_, long_hold());
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    process.token->logout(our_domain);
    EXPECT_FALSE(process.token->is_logged_in(our_domain));
    EXPECT_TRUE(soon([&] { return !card_->is_pin_verified(); }));
    EXPECT_EQ(process.sign().error().code, ErrorCode::LoginRequired);
}

/// Found by the simulated world (simulation/world/scenarios/two_logouts_test.cpp).
TEST_F(Authority, is_ended_by_one_of_two_logouts) {
    Process process(transport_, long_hold());
    EXPECT_FALSE(process.token->logout(our_domain));
    ASSERT_TRUE(process.login());
    EXPECT_TRUE(process.token->logout(our_domain));
    EXPECT_FALSE(process.token->logout(our_domain));
}

TEST_F(Authority, is_restored_after_a_hold_without_asking_the_application) {
    Process process(transport_, no_hold());
    ASSERT_TRUE(process.login());
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(process.sign().ok());
    EXPECT_EQ(wrong_pins(), 0U);
    EXPECT_EQ(card_->pin_tries_left(), 3);
}

TEST_F(Authority, a_wrong_pin_costs_one_try_and_says_how_many_are_left) {
    Process process(transport_, {});
    const auto refused = process.login(wrong_pin);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::PinIncorrect);
    EXPECT_EQ(refused.error().detail, 2);
    EXPECT_EQ(card_->pin_tries_left(), 2);
    EXPECT_FALSE(process.token->is_logged_in(our_domain));
    EXPECT_EQ(process.sign().error().code, ErrorCode::LoginRequired);
    EXPECT_EQ(card_->pin_tries_left(), 2);
}

TEST_F(Authority, a_pin_changed_behind_our_back_costs_one_try_in_all) {
    Process process(transport_, no_hold());
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    ASSERT_TRUE(soon([&] { return !card_->is_pin_verified(); }));
    card_->change_pin_behind_back("654321");
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            const Client client = process.provider->make_client(our_domain);
            for (int round = 0; round < 3; ++round) {
                EXPECT_EQ(process.sign_as(client).error().code, ErrorCode::LoginRequired);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong_pins(), 1U);
    EXPECT_EQ(card_->pin_tries_left(), 2);
    ASSERT_TRUE(process.login("654321"));
    EXPECT_TRUE(process.sign().ok());
}

TEST_F(Authority, the_last_try_is_never_spent_by_ourselves) {
    Process process(transport_, no_hold());
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    auto foreigner = foreign_program();
    ASSERT_EQ(foreign(*foreigner, select_piv()), 0x9000);
    ASSERT_EQ(foreign(*foreigner, verify(wrong_pin)), 0x63C2);
    ASSERT_EQ(foreign(*foreigner, verify(wrong_pin)), 0x63C1);
    const auto before = verifies();
    EXPECT_EQ(process.sign().error().code, ErrorCode::PinWithheld);
    EXPECT_EQ(verifies(), before);
    EXPECT_EQ(card_->pin_tries_left(), 1);
    ASSERT_TRUE(process.login()) << "the application's own login always goes through";
    EXPECT_EQ(card_->pin_tries_left(), 3);
    EXPECT_TRUE(process.sign().ok());
}

TEST_F(Authority, a_login_whose_answer_was_lost_is_repeated_as_the_counter_proves_it_harmless) {
    Process process(transport_, no_hold());
    card_->lose_next_verify_answer();
    EXPECT_TRUE(process.login());
    EXPECT_EQ(verifies(), 2U) << "once lost, once more";
    EXPECT_EQ(wrong_pins(), 0U);
    EXPECT_EQ(card_->pin_tries_left(), 3);
    EXPECT_TRUE(process.sign().ok());
}

TEST_F(Authority, a_wrong_login_whose_answer_was_lost_is_presented_once) {
    Process process(transport_, no_hold());
    for (const int left : {2, 1}) {
        card_->lose_next_verify_answer();
        const auto refused = process.login(wrong_pin);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code, ErrorCode::PinIncorrect);
        EXPECT_EQ(refused.error().detail, left);
        EXPECT_EQ(card_->pin_tries_left(), left);
    }
    EXPECT_EQ(verifies(), 2U);
}

TEST_F(Authority, a_login_whose_answer_was_lost_on_a_card_without_a_counter_is_left_unknown) {
    Process process(transport_, no_hold());
    ASSERT_TRUE(process.login());
    // Somebody else's authority hides the counter.
    auto foreigner = foreign_program();
    ASSERT_TRUE(soon([&] { return !card_->is_pin_verified(); }));
    ASSERT_EQ(foreign(*foreigner, select_piv()), 0x9000);
    ASSERT_EQ(foreign(*foreigner, verify(right_pin)), 0x9000);
    const auto before = verifies();
    card_->lose_next_verify_answer();
    const auto unknown = process.login(wrong_pin);
    ASSERT_FALSE(unknown.ok());
    EXPECT_EQ(unknown.error().code, ErrorCode::OutcomeUnknown);
    EXPECT_EQ(verifies(), before + 1) << "not presented again";
    EXPECT_TRUE(process.login()) << "an explicit login goes through";
}

TEST_F(Authority, a_lost_answer_to_a_verify_of_ours_is_repeated_and_costs_nothing) {
    Process process(transport_, no_hold());
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    for (int i = 0; i < 5; ++i) {
        card_->lose_next_verify_answer();
        const auto signature = process.sign();
        EXPECT_TRUE(signature.ok()) << to_string(signature.error());
    }
    EXPECT_EQ(wrong_pins(), 0U);
}

TEST_F(Authority, a_lost_answer_to_the_verify_of_an_always_authenticate_key_costs_nothing) {
    Process process(transport_, long_hold());
    ASSERT_TRUE(process.login());
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(process.sign(0x9C, right_pin).ok());
        card_->lose_next_verify_answer();
        const auto signature = process.sign(0x9C, right_pin);
        EXPECT_TRUE(signature.ok()) << to_string(signature.error());
    }
    EXPECT_TRUE(process.token->is_logged_in(our_domain));
    EXPECT_EQ(wrong_pins(), 0U);
}

TEST_F(Authority, a_changed_pin_costs_one_try_though_the_answer_was_lost) {
    Settings settings = no_hold();
    settings.shared_folder = shared_folder();
    Process one(transport_, settings);
    Process other(transport_, settings);
    ASSERT_TRUE(one.login());
    ASSERT_TRUE(other.login());
    const Client stranger = one.provider->make_client(our_domain + 1);
    ASSERT_TRUE(one.token->login(stranger, pin(right_pin), Deadline::never()));
    ASSERT_TRUE(soon([&] { return !card_->is_pin_verified(); }));
    card_->change_pin_behind_back("654321");
    card_->lose_next_verify_answer();
    EXPECT_EQ(one.sign().error().code, ErrorCode::LoginRequired);
    EXPECT_EQ(one.sign_as(stranger).error().code, ErrorCode::LoginRequired);
    EXPECT_EQ(other.sign().error().code, ErrorCode::LoginRequired);
    EXPECT_EQ(wrong_pins(), 1U);
    EXPECT_EQ(card_->pin_tries_left(), 2);
    ASSERT_TRUE(other.login("654321"));
    EXPECT_TRUE(other.sign().ok());
}

TEST_F(Authority, a_changed_pin_costs_one_try_though_nobody_signed_since_the_logins) {
    Settings settings = no_hold();
    settings.shared_folder = shared_folder();
    Process one(transport_, settings);
    Process other(transport_, settings);
    ASSERT_TRUE(one.login());
    ASSERT_TRUE(other.login());
    ASSERT_TRUE(soon([&] { return !card_->is_pin_verified(); }));
    card_->change_pin_behind_back("654321");
    EXPECT_EQ(one.sign().error().code, ErrorCode::LoginRequired);
    EXPECT_EQ(other.sign().error().code, ErrorCode::LoginRequired);
    EXPECT_EQ(wrong_pins(), 1U);
}

TEST_F(Authority, of_ours_is_taken_away_from_a_card_that_keeps_it_over_a_reset) {
    simulation::PivCardOptions options;
    options.behavior.keeps_authority = true;
    insert(make_card(2, options));
    Process process(transport_, long_hold());
    ASSERT_TRUE(process.login());
    transport_->reset(reader_name);
    ASSERT_TRUE(process.sign().ok());
    ASSERT_TRUE(card_->is_pin_verified());
    process.provider->shut_down(Deadline::after(std::chrono::seconds(10)));
    EXPECT_FALSE(card_->is_pin_verified());
}

TEST_F(Authority, of_ours_is_taken_away_though_the_answer_to_verify_was_lost) {
    simulation::PivCardOptions options;
    options.behavior.keeps_authority = true;
    insert(make_card(2, options));
    Process process(transport_, long_hold());
    ASSERT_TRUE(process.login());
    process.token->logout(our_domain);
    ASSERT_TRUE(soon([&] { return !card_->is_pin_verified(); }));
    card_->lose_next_verify_answer();
    (void)process.login();
    ASSERT_TRUE(card_->is_pin_verified());
    process.provider->shut_down(Deadline::after(std::chrono::seconds(10)));
    EXPECT_FALSE(card_->is_pin_verified());
}

TEST_F(Authority, of_ours_is_taken_away_though_the_card_is_lost_again_while_we_look) {
    simulation::PivCardOptions options;
    options.behavior.keeps_authority = true;
    insert(make_card(2, options));
    for (int lost : {0, 1, 2, 3}) {  // is PIV selected? is the PIN verified? VERIFY with P1=FF, ...
        Process process(transport_, long_hold());
        ASSERT_TRUE(process.login());
        ASSERT_TRUE(process.sign().ok());  // what is on the card is read
        transport_->reset(reader_name);
        card_->lose_next_answer(lost);
        ASSERT_TRUE(process.sign().ok());
        process.provider->shut_down(Deadline::after(std::chrono::seconds(10)));
        EXPECT_FALSE(card_->is_pin_verified()) << lost;
    }
}

TEST_F(Authority, of_another_program_survives_our_first_look_at_a_card_that_forgets_at_select) {
    simulation::PivCardOptions options;
    options.behavior.select_drops_authority = true;
    insert(make_card(2, options));
    auto foreigner = foreign_program();
    ASSERT_EQ(foreign(*foreigner, select_piv()), 0x9000);
    ASSERT_EQ(foreign(*foreigner, verify(right_pin)), 0x9000);
    Process process(transport_, no_hold());
    ASSERT_TRUE(process.token->contents(process.client, Deadline::never()).ok());
    EXPECT_EQ(foreign(*foreigner, pin_status()), 0x9000);
}

TEST_F(Authority, tries_left_are_told_as_the_card_says_and_forgotten_with_a_right_pin) {
    Process process(transport_, {});
    EXPECT_FALSE(process.login(wrong_pin).ok());
    EXPECT_EQ(process.token->pin_tries_left(), 2);
    ASSERT_TRUE(process.login());
    EXPECT_FALSE(process.token->pin_tries_left().has_value());
}

/// Keeps all that is logged.
class KeptLog final : public LogSink {
  public:
    bool wants(LogLevel) const override { return true; }
    void write(LogLevel, std::string_view line) override { *text_.lock() += line; }
    std::string text() { return *text_.lock(); }

  private:
    Guarded<std::string> text_{LockRank::Log};
};

TEST_F(Authority, each_operation_leaves_a_line_that_names_client_card_and_key) {
    const auto log = std::make_shared<RecordedLog>();
    provider::Environment environment = Process::alone(Process::environment_of(transport_, true));
    environment.log = log;
    Process process(environment, {});
    ASSERT_TRUE(process.login());
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(process.sign().ok());
    const auto contents = process.token->contents(process.client, Deadline::never());
    ASSERT_TRUE(contents.ok());
    EXPECT_EQ(log->count({"operation", "name=sign", "key=9a", "result=ok",
                          "client=", "wait_ms=", "card=" + (*contents)->identity.serial_number}),
              3);
}

TEST_F(Authority, no_pin_reaches_the_log) {
    const auto log = std::make_shared<KeptLog>();
    provider::Environment environment = Process::alone(Process::environment_of(transport_, true));
    environment.log = log;
    Process process(environment, no_hold());
    EXPECT_FALSE(process.login(wrong_pin).ok());
    ASSERT_TRUE(process.login());
    ASSERT_TRUE(process.sign().ok());
    ASSERT_TRUE(process.sign(0x9C, right_pin).ok());
    ASSERT_TRUE(soon([&] { return !card_->is_pin_verified(); }));
    card_->change_pin_behind_back("654321");
    EXPECT_FALSE(process.sign().ok());
    process.provider->shut_down(Deadline::after(std::chrono::seconds(10)));
    const std::string text = log->text();
    ASSERT_NE(text.find("name=sign"), std::string::npos) << text;
    for (const char* secret : {right_pin, wrong_pin}) {
        EXPECT_EQ(text.find(secret), std::string::npos) << text;
        EXPECT_EQ(text.find(to_hex(bytes_of(secret))), std::string::npos) << text;
    }
}

TEST_F(Authority, a_wrong_pin_for_a_single_operation_is_reported_where_it_was_given) {
    Process process(transport_, no_hold());
    ASSERT_TRUE(process.login());
    const auto refused =
        process.token->check_operation_pin(process.client, pin(wrong_pin), Deadline::never());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::PinIncorrect);
    EXPECT_EQ(card_->pin_tries_left(), 2);
    ASSERT_TRUE(
        process.token->check_operation_pin(process.client, pin(right_pin), Deadline::never()));
    EXPECT_TRUE(process.sign(0x9C, right_pin).ok());
    EXPECT_EQ(wrong_pins(), 1U);
}

TEST_F(Authority, the_pin_of_a_single_operation_that_was_accepted_before_costs_no_query) {
    Process process(transport_, long_hold());
    ASSERT_TRUE(process.login());
    const auto apdus = card_->statistics().apdus;
    ASSERT_TRUE(
        process.token->check_operation_pin(process.client, pin(right_pin), Deadline::never()));
    EXPECT_EQ(card_->statistics().apdus, apdus);
}

}  // namespace
}  // namespace cardmux::promises

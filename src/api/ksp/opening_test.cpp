// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/opening.h"

#include "api/ksp/ksp_world_test.h"
#include "container/container_name.h"

namespace cardmux::ksp {
namespace {

using Opening = KspTest;

TEST_F(Opening, a_provider_costs_no_apdu) {
    const auto before = apdus();
    ASSERT_TRUE(open_provider(*ksp_, api::ksp_name, flag::silent).ok());
    EXPECT_EQ(apdus(), before);
}

TEST_F(Opening, a_key_is_found_by_all_forms_of_its_name) {
    const std::string name = name_of(slot_9a);
    for (const std::string& form :
         {container::full_name("Reader 0", name), std::string(R"(\\.\Reader 0)"),
          std::string(R"(\\.\Reader 0\)"), name, std::string()}) {
        const auto opened = open_key(*ksp_, provider_, form, 0, flag::silent);
        ASSERT_TRUE(opened.ok()) << form;
        EXPECT_EQ(key(*opened)->container->container.name, name);
    }
}

TEST_F(Opening, what_is_not_there_has_its_own_code) {
    const auto code_for = [&](const std::string& name) {
        return code(open_key(*ksp_, provider_, name, 0, flag::silent),
                    api::CallPurpose::OpenContainer);
    };
    EXPECT_EQ(code_for("nobody"), status::nte_bad_keyset);
    EXPECT_EQ(code_for(R"(\\.\Reader 9\nobody)"), status::scard_e_unknown_reader);
    EXPECT_EQ(code_for(R"(\\.\)"), status::nte_invalid_parameter);
    EXPECT_EQ(code(open_key(*ksp_, provider_, "", 0, 0x4)), status::nte_bad_flags);
    EXPECT_EQ(code(open_key(*ksp_, provider_, "", 9, 0)), status::nte_invalid_parameter);
}

TEST_F(Opening, the_legacy_key_spec_has_to_be_the_containers) {
    constexpr std::uint32_t exchange = 1;
    constexpr std::uint32_t signing = 2;
    EXPECT_TRUE(open_key(*ksp_, provider_, name_of(slot_9a), exchange, 0).ok());
    EXPECT_TRUE(open_key(*ksp_, provider_, name_of(slot_9c), signing, 0).ok());
    EXPECT_EQ(code(open_key(*ksp_, provider_, name_of(slot_9a), signing, 0)),
              status::nte_bad_keyset);
}

TEST_F(Opening, a_reader_set_on_the_provider_counts) {
    ASSERT_TRUE(
        set_provider_property(*ksp_, provider_, property::reader, utf16_of("Reader 9"), 0).ok());
    EXPECT_EQ(code(open_key(*ksp_, provider_, "", 0, 0)), status::scard_e_unknown_reader);
    ASSERT_TRUE(
        set_provider_property(*ksp_, provider_, property::reader, utf16_of("Reader 0"), 0).ok());
    EXPECT_TRUE(open_key(*ksp_, provider_, "", 0, 0).ok());
}

TEST_F(Opening, keys_are_listed_with_their_algorithms) {
    const auto keys = list_keys(*ksp_, provider_, R"(\\.\Reader 0)", 0);
    ASSERT_TRUE(keys.ok());
    ASSERT_EQ(keys->keys.size(), 4u);
    EXPECT_STREQ(keys->keys.at(0).algorithm, "RSA");
    EXPECT_STREQ(keys->keys.at(1).algorithm, "ECDSA_P256");
    EXPECT_FALSE(keys->end);
    EXPECT_EQ(code(list_keys(*ksp_, provider_, R"(\\.\Reader 9)", 0)),
              status::scard_e_unknown_reader);
}

TEST_F(Opening, without_a_card_there_are_no_keys_and_opening_says_so) {
    transport_->remove("Reader 0");
    const auto is_gone = [&] {
        return code(open_key(*ksp_, provider_, "", 0, 0)) == status::scard_e_no_smartcard;
    };
    for (int i = 0; i < 500 && !is_gone(); ++i) sleep_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(is_gone());
    const auto keys = list_keys(*ksp_, provider_, "", 0);
    ASSERT_TRUE(keys.ok());
    EXPECT_TRUE(keys->keys.empty());
}

TEST_F(Opening, a_card_that_could_not_be_looked_at_is_told_at_the_end_of_the_list) {
    transport_->add_reader("Reader 1");
    transport_->insert("Reader 1", std::move(simulation::SimulatedPivCard::create({})).value());
    transport_->set_used_exclusively("Reader 1", true);
    const auto listed = [this] { return list_keys(*ksp_, provider_, "", 0); };
    for (int i = 0; i < 500 && !listed().value().end; ++i) sleep_for(std::chrono::milliseconds(10));
    const auto keys = listed();
    ASSERT_TRUE(keys.ok());
    EXPECT_EQ(keys->keys.size(), 4u);
    ASSERT_TRUE(keys->end);
    EXPECT_EQ(keys->end->code, ErrorCode::TimedOut);
    EXPECT_TRUE(card_of(*ksp_, *ksp_->find_provider(provider_).value()).ok()) << "the first card";
}

TEST_F(Opening, algorithms_are_listed_by_operation) {
    EXPECT_EQ(list_algorithms(*ksp_, provider_, 0, 0).value().size(), 7u);
    EXPECT_EQ(list_algorithms(*ksp_, provider_, operation::secret_agreement, 0).value().size(), 3u);
    EXPECT_EQ(list_algorithms(*ksp_, provider_, operation::signature, 0).value().size(), 4u);
    EXPECT_EQ(list_algorithms(*ksp_, provider_, operation::encryption, 0).value().size(), 1u);
    for (const std::uint32_t none : {0x1U, 0x2U, 0x20U, 0x40U})
        EXPECT_EQ(code(list_algorithms(*ksp_, provider_, none, 0)), status::nte_not_supported);
    EXPECT_EQ(code(list_algorithms(*ksp_, provider_, 0x90, 0)), status::nte_invalid_parameter);
    EXPECT_EQ(code(list_algorithms(*ksp_, provider_, 0, 0x1)), status::nte_bad_flags);
    for (const char* name : {"ECDH_P384", "ECDSA", "ECDH"})
        EXPECT_TRUE(check_algorithm(*ksp_, provider_, name, 0).ok()) << name;
    EXPECT_EQ(code(check_algorithm(*ksp_, provider_, "DSA", 0)), status::nte_not_supported);
}

// ---- handles ------------------------------------------------------------------------------------

TEST_F(Opening, a_key_outlives_its_provider_and_is_freed_once) {
    const Handle handle = open(slot_9a);
    ASSERT_TRUE(ksp_->free_provider(provider_).ok());
    EXPECT_TRUE(ksp_->find_key(provider_, handle).ok());
    EXPECT_EQ(code(open_key(*ksp_, provider_, "", 0, 0)), status::nte_invalid_handle);
    EXPECT_TRUE(ksp_->free_key(provider_, handle).ok());
    EXPECT_EQ(code(ksp_->free_key(provider_, handle)), status::nte_invalid_handle);
    EXPECT_EQ(code(ksp_->find_key(provider_, handle)), status::nte_invalid_handle);
    EXPECT_EQ(code(ksp_->free_provider(provider_)), status::nte_invalid_handle);
}

TEST_F(Opening, handles_of_other_kinds_are_refused) {
    const Handle handle = open(slot_9a);
    EXPECT_EQ(code(ksp_->find_key(handle, handle)), status::nte_invalid_handle);
    EXPECT_EQ(code(ksp_->find_key(provider_, provider_)), status::nte_invalid_handle);
    EXPECT_EQ(code(ksp_->find_provider(handle)), status::nte_invalid_handle);
    EXPECT_EQ(code(ksp_->find_secret(provider_, handle)), status::nte_invalid_handle);
    EXPECT_EQ(code(ksp_->find_provider(0)), status::nte_invalid_handle);
    const Handle another = open_provider(*ksp_, "", 0).value();
    EXPECT_EQ(code(ksp_->find_key(another, handle)), status::nte_invalid_handle);
}

TEST_F(Opening, the_hold_is_what_the_last_reading_said_whichever_handle_read) {
    const auto is_held_after = [this](const auto& call) {
        EXPECT_TRUE(call().ok());
        const auto client = cards_->make_client(1);
        EXPECT_TRUE(cards_->slot(0)->token()->read_pin_tries(client, Deadline::never()).ok());
        const auto is_held = [this] { return transport_->is_in_transaction("Reader 0"); };
        for (int i = 0; i < 50 && is_held(); ++i) sleep_for(std::chrono::milliseconds(20));
        return is_held();
    };
    const auto list = [this] { return list_keys(*ksp_, provider_, "", 0); };
    const auto open_first = [this] { return open_key(*ksp_, provider_, "", 0, 0); };
    const auto plan = [this] { return create_key(*ksp_, provider_, {"RSA", "new", 0, 0}); };
    ASSERT_EQ(cards_->settings().hold, std::chrono::milliseconds(100));
    EXPECT_FALSE(is_held_after(list)) << "absent: the setting holds, not 1500 ms";
    const auto old_key = key_in(slot_9a);
    settings_.hold = std::chrono::seconds(20);
    EXPECT_TRUE(is_held_after(open_first));
    settings_.hold = std::nullopt;  // removed, or nonsense
    EXPECT_FALSE(is_held_after(open_first)) << "absent again: the setting";
    settings_.hold = std::chrono::seconds(20);
    EXPECT_FALSE(is_held_after([&] { return property_of(*old_key, "Length"); })) << "nothing read";
    EXPECT_TRUE(is_held_after(plan));
    settings_.hold = Duration::zero();
    EXPECT_FALSE(is_held_after(list));
}

TEST_F(Opening, a_key_keeps_the_rules_that_held_when_it_was_opened) {
    const auto before = key_in(slot_9a);
    settings_.pin_rules.policy = container::PinCachePolicy::AlwaysPrompt;
    settings_.default_key_bits = 3072;
    const auto after = key_in(slot_9a);
    EXPECT_EQ(ksp_->caller_for(*before, 0).rules.policy, container::PinCachePolicy::Normal);
    EXPECT_EQ(ksp_->caller_for(*after, 0).rules.policy, container::PinCachePolicy::AlwaysPrompt);
    const Handle planned = create_key(*ksp_, provider_, {"RSA", "new", 0, 0}).value();
    EXPECT_EQ(read_little_endian(property_of(*key(planned), "Length").value()), 3072U);
}

TEST_F(Opening, the_log_says_who_released_a_handle_that_is_used) {
    const Handle handle = open(slot_9a);
    ASSERT_TRUE(ksp_->free_key(provider_, handle).ok());
    EXPECT_FALSE(log_.has("stale_handle"));
    EXPECT_FALSE(ksp_->find_key(provider_, handle).ok());
    EXPECT_TRUE(log_.has("handle=" + std::to_string(handle)));
    EXPECT_TRUE(log_.has("used_by_thread=77"));
    EXPECT_TRUE(log_.has("released_by_thread=77"));
    EXPECT_TRUE(log_.has("released_seconds_ago=0."));
}

TEST_F(Opening, a_block_is_freed_once) {
    int thing = 0;
    ksp_->keep_block(&thing, std::make_shared<Block>());
    EXPECT_TRUE(ksp_->free_block(&thing).ok());
    EXPECT_EQ(code(ksp_->free_block(&thing)), status::nte_invalid_parameter);
}

}  // namespace
}  // namespace cardmux::ksp

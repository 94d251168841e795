// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "container/find_container.h"

#include <gtest/gtest.h>

#include <thread>

#include "simulation/simulated_piv_card.h"
#include "simulation/simulated_transport.h"

namespace cardmux::container {
namespace {

const ContainerName any_container;

class FindContainerTest : public testing::Test {
  protected:
    FindContainerTest() {
        transport->add_reader("Reader 0");
        transport->insert("Reader 0", card);
    }
    ~FindContainerTest() override {
        if (provider) provider->shut_down(Deadline::after(std::chrono::seconds(10)));
    }
    void start(Duration ride_through) {
        provider::Environment environment;
        environment.transport = transport;
        provider::Settings settings;
        settings.ride_through = ride_through;
        settings.hold = std::chrono::seconds(3);
        provider = std::move(provider::Provider::create(environment, settings)).value();
    }
    Result<FoundContainer> find() {
        return find_container(*provider, any_container, provider->make_client(7),
                              Deadline::never());
    }

    /// Whether find() comes to fail so: readers are watched by another thread.
    bool soon_is(ErrorCode code) {
        for (int i = 0; i < 1000; ++i) {
            if (error_of(find()) == code) return true;
            sleep_for(std::chrono::milliseconds(5));
        }
        return false;
    }
    static ErrorCode error_of(const Result<FoundContainer>& found) {
        return found.ok() ? ErrorCode::Internal : found.error().code;
    }

    std::shared_ptr<simulation::SimulatedPivCard> card =
        std::move(simulation::SimulatedPivCard::create({})).value();
    std::shared_ptr<simulation::SimulatedTransport> transport =
        std::make_shared<simulation::SimulatedTransport>();
    std::shared_ptr<provider::Provider> provider;
};

TEST_F(FindContainerTest, a_card_that_is_away_is_told) {
    start(Duration::zero());
    ASSERT_TRUE(find().ok());
    transport->remove("Reader 0");
    EXPECT_TRUE(soon_is(ErrorCode::CardAbsent));
    transport->remove_reader("Reader 0");
    EXPECT_TRUE(soon_is(ErrorCode::ReaderUnavailable));
}

TEST_F(FindContainerTest, what_looking_for_it_holds_is_let_go_before_a_person_is_asked) {
    start(Duration::zero());
    ASSERT_TRUE(find().ok());
    ASSERT_TRUE(transport->is_in_transaction("Reader 0")) << "no hold: the test shows nothing";
    end_holds(*provider, "Reader 1", Deadline::never());
    EXPECT_TRUE(transport->is_in_transaction("Reader 0")) << "another reader's";
    end_holds(*provider, std::nullopt, Deadline::never());
    EXPECT_FALSE(transport->is_in_transaction("Reader 0"));
}

TEST_F(FindContainerTest, with_ride_through_a_container_is_found_when_its_card_is_back) {
    start(std::chrono::seconds(20));
    ASSERT_TRUE(find().ok());
    transport->remove("Reader 0");
    std::thread person([&] {
        sleep_for(std::chrono::milliseconds(100));
        transport->insert("Reader 0", card);
    });
    const auto found = find();
    EXPECT_TRUE(found.ok()) << to_string(found.error());
    person.join();
}

TEST_F(FindContainerTest, with_ride_through_a_container_is_found_when_its_reader_is_back) {
    start(std::chrono::seconds(20));
    ASSERT_TRUE(find().ok());
    transport->remove_reader("Reader 0");
    std::thread person([&] {
        sleep_for(std::chrono::milliseconds(100));
        transport->add_reader("Reader 0");
        transport->insert("Reader 0", card);
    });
    const auto found = find();
    EXPECT_TRUE(found.ok()) << to_string(found.error());
    person.join();
}

TEST_F(FindContainerTest, ride_through_ends) {
    transport->remove("Reader 0");
    start(std::chrono::milliseconds(200));
    EXPECT_EQ(error_of(find()), ErrorCode::CardAbsent);
}

TEST_F(FindContainerTest, a_card_that_was_not_looked_at_may_have_the_container) {
    transport->add_reader("Reader 1");
    transport->insert("Reader 1", std::move(simulation::SimulatedPivCard::create({})).value());
    transport->set_used_exclusively("Reader 0", true);
    start(Duration::zero());
    EXPECT_EQ(error_of(find()), ErrorCode::TimedOut);
    const auto named = find_container(*provider, parse_container_name("of no card").value(),
                                      provider->make_client(7), Deadline::never());
    EXPECT_EQ(error_of(named), ErrorCode::TimedOut);
}

TEST_F(FindContainerTest, a_name_is_found_on_another_card_while_the_first_is_taken) {
    transport->add_reader("Reader 1");
    simulation::PivCardOptions options;
    options.serial_number = 2;
    transport->insert("Reader 1", std::move(simulation::SimulatedPivCard::create(options)).value());
    start(Duration::zero());
    const auto client = provider->make_client(7);
    const auto other = card_in(*provider, "Reader 1", client, Deadline::never());
    ASSERT_TRUE(other.ok()) << to_string(other.error());
    const std::string name = containers_of(*other->contents).front().name;
    provider->shut_down(Deadline::never());
    transport->set_used_exclusively("Reader 0", true);
    start(Duration::zero());
    const auto found = find_container(*provider, parse_container_name(name).value(),
                                      provider->make_client(7), Deadline::never());
    ASSERT_TRUE(found.ok()) << to_string(found.error());
    EXPECT_EQ(found->card.reader, "Reader 1");
    EXPECT_EQ(error_of(find()), ErrorCode::TimedOut) << "the default is the first card's";
    const auto there = all_cards(*provider, provider->make_client(7), Deadline::never());
    ASSERT_TRUE(there.ok());
    EXPECT_EQ(there->cards.size(), 1U);
    ASSERT_TRUE(there->left_out);
    EXPECT_EQ(there->left_out->slot, 0U);
}

TEST_F(FindContainerTest, the_only_card_is_waited_for_as_long_as_the_caller_wants) {
    transport->add_reader("Reader 1");  // empty: no other card to be had meanwhile
    transport->set_used_exclusively("Reader 0", true);
    start(Duration::zero());
    std::thread person([&] {
        sleep_for(std::chrono::seconds(4));  // more than one card of many gets
        transport->set_used_exclusively("Reader 0", false);
    });
    const auto found = find();
    EXPECT_TRUE(found.ok()) << to_string(found.error());
    person.join();
}

}  // namespace
}  // namespace cardmux::container

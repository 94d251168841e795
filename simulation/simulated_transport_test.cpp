// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/simulated_transport.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "simulation/simulated_piv_card.h"

namespace cardmux::simulation {
namespace {

using transport::CardConnection;
using transport::Disposition;
using transport::ReaderService;
using transport::ReaderStatus;

const std::string reader = "Reader 0";
const Bytes select_piv = from_hex("00A404000BA00000030800001000010000").value();
const Bytes verify = from_hex("0020008008313233343536FFFF").value();
const Bytes status_query = from_hex("00200080").value();
const Bytes verified = {0x90, 0x00};
const Bytes not_verified = {0x63, 0xC3};

template <typename T>
ErrorCode code_of(const Result<T>& result) {
    return result.ok() ? ErrorCode::Internal : result.error().code;
}

/// A reader with an empty, quick card, and two programs.
class SimulatedTransportTest : public testing::Test {
  protected:
    SimulatedTransportTest() {
        world.add_reader(reader);
        world.insert(reader, card);
    }

    static std::shared_ptr<SimulatedPivCard> make_card(std::uint32_t serial_number = 1) {
        return SimulatedPivCard::create({.serial_number = serial_number, .provisioned = false})
            .value();
    }
    std::unique_ptr<ReaderService> serve() { return world.connect_service().value(); }
    std::unique_ptr<CardConnection> connect() { return serve()->connect(reader).value(); }
    static Bytes send(CardConnection& connection, const Bytes& command) {
        auto answer = connection.transmit(command);
        return answer.ok() ? std::move(answer).value() : Bytes();
    }
    static void log_in(CardConnection& connection) {
        send(connection, select_piv);
        EXPECT_EQ(send(connection, verify), verified);
    }

    SimulatedTransport world;
    std::shared_ptr<SimulatedPivCard> card = make_card();
};

/// Runs `body` on a thread and can tell whether it has returned.
class Waiter {
  public:
    explicit Waiter(std::function<void()> body)
        : thread_([this, body = std::move(body)] {
              body();
              returned_ = true;
          }) {}
    ~Waiter() { thread_.join(); }
    bool still_waits() const {
        sleep_for(std::chrono::milliseconds(30));
        return !returned_;
    }

  private:
    std::atomic<bool> returned_ = false;
    std::thread thread_;
};

TEST_F(SimulatedTransportTest, lists_readers_with_their_cards) {
    world.add_reader("Reader 1");
    const auto readers = serve()->list().value();
    ASSERT_EQ(readers.size(), 2U);
    EXPECT_EQ(readers[0].name, reader);
    EXPECT_TRUE(readers[0].card_present);
    EXPECT_EQ(readers[0].atr, card->atr());
    EXPECT_EQ(readers[0].event_count, 1U);
    EXPECT_FALSE(readers[1].card_present);
    EXPECT_TRUE(readers[1].atr.empty());
}

TEST_F(SimulatedTransportTest, tells_why_it_cannot_connect) {
    world.add_reader("empty");
    auto service = serve();
    EXPECT_EQ(code_of(service->connect("empty")), ErrorCode::CardAbsent);
    EXPECT_EQ(code_of(service->connect("no such")), ErrorCode::ReaderUnavailable);
    world.set_mute(reader, true);
    EXPECT_TRUE(service->list().value()[0].card_mute);
    EXPECT_EQ(code_of(service->connect(reader)), ErrorCode::CardUnresponsive);
    world.set_mute(reader, false);
    world.set_used_exclusively(reader, true);
    EXPECT_EQ(code_of(service->connect(reader)), ErrorCode::CardBusy);
}

TEST_F(SimulatedTransportTest, carries_commands_to_the_card) {
    auto connection = connect();
    ASSERT_TRUE(connection->begin().ok());
    EXPECT_TRUE(equal(connection->atr(), card->atr()));
    log_in(*connection);
    EXPECT_TRUE(connection->end(Disposition::Leave).ok());
    EXPECT_TRUE(card->is_pin_verified());
}

TEST_F(SimulatedTransportTest, lets_begin_wait_for_the_others_transaction) {
    auto one = connect();
    auto other = connect();
    ASSERT_TRUE(one->begin().ok());
    Waiter waiter([&] { EXPECT_TRUE(other->begin().ok()); });
    EXPECT_TRUE(waiter.still_waits());
    EXPECT_TRUE(one->end(Disposition::Leave).ok());
}

TEST_F(SimulatedTransportTest, lets_every_use_of_the_card_wait_for_the_others_transaction) {
    auto one = connect();
    auto other = connect();
    auto third = connect();
    ASSERT_TRUE(one->begin().ok());
    {
        Waiter transmitting([&] { EXPECT_FALSE(send(*other, select_piv).empty()); });
        Waiter connecting([&] { EXPECT_NE(connect(), nullptr); });
        Waiter reconnecting([&] { EXPECT_TRUE(third->reconnect(Disposition::Leave).ok()); });
        EXPECT_TRUE(transmitting.still_waits());
        EXPECT_TRUE(connecting.still_waits());
        EXPECT_TRUE(reconnecting.still_waits());
        EXPECT_EQ(card->statistics().apdus, 0U);
        EXPECT_TRUE(one->end(Disposition::Leave).ok());
    }
    EXPECT_EQ(card->statistics().apdus, 1U);
}

TEST_F(SimulatedTransportTest, looks_again_in_intervals_when_told_to_poll) {
    SimulatedTransport polling({.poll_interval = std::chrono::milliseconds(80)});
    polling.add_reader(reader);
    polling.insert(reader, make_card());
    auto service = polling.connect_service().value();
    auto one = service->connect(reader).value();
    auto other = service->connect(reader).value();
    ASSERT_TRUE(one->begin().ok());
    Waiter waiter([&] { EXPECT_TRUE(other->begin().ok()); });
    EXPECT_TRUE(waiter.still_waits());
    EXPECT_TRUE(one->end(Disposition::Leave).ok());
    // It is asleep: whoever is awake takes the card again.
    EXPECT_TRUE(one->begin().ok());
    EXPECT_TRUE(one->end(Disposition::Leave).ok());
}

TEST_F(SimulatedTransportTest, counts_nested_transactions) {
    auto one = connect();
    auto other = connect();
    ASSERT_TRUE(one->begin().ok());
    ASSERT_TRUE(one->begin().ok());
    ASSERT_TRUE(one->end(Disposition::Leave).ok());
    Waiter waiter([&] { EXPECT_TRUE(other->begin().ok()); });
    EXPECT_TRUE(waiter.still_waits());
    ASSERT_TRUE(one->end(Disposition::Leave).ok());
}

TEST_F(SimulatedTransportTest, tells_everybody_of_a_reset_until_they_reconnect) {
    auto one = connect();
    auto other = connect();
    log_in(*one);
    ASSERT_TRUE(other->begin().ok());
    ASSERT_TRUE(other->end(Disposition::Reset).ok());
    EXPECT_FALSE(card->is_pin_verified());
    for (CardConnection* const connection : {one.get(), other.get()}) {
        EXPECT_EQ(code_of(connection->begin()), ErrorCode::CardReset);
        EXPECT_EQ(code_of(connection->transmit(select_piv)), ErrorCode::CardReset);
        EXPECT_TRUE(connection->reconnect(Disposition::Leave).ok());
        EXPECT_TRUE(connection->begin().ok());
        EXPECT_TRUE(connection->end(Disposition::Leave).ok());
    }
}

TEST_F(SimulatedTransportTest, resets_by_reconnect_for_the_others_only) {
    auto one = connect();
    auto other = connect();
    log_in(*one);
    ASSERT_TRUE(other->reconnect(Disposition::Reset).ok());
    EXPECT_TRUE(other->begin().ok());
    send(*other, select_piv);
    EXPECT_EQ(send(*other, status_query), not_verified);
    EXPECT_TRUE(other->end(Disposition::Leave).ok());
    EXPECT_EQ(code_of(one->begin()), ErrorCode::CardReset);
}

TEST_F(SimulatedTransportTest, resets_within_a_transaction_when_told_to) {
    auto one = connect();
    ASSERT_TRUE(one->begin().ok());
    world.reset(reader);
    EXPECT_EQ(code_of(one->transmit(select_piv)), ErrorCode::CardReset);
    EXPECT_EQ(code_of(one->end(Disposition::Leave)), ErrorCode::CardReset);
    auto other = connect();  // the transaction is over all the same
    EXPECT_TRUE(other->begin().ok());
}

TEST_F(SimulatedTransportTest, keeps_a_transaction_over_reconnect) {
    auto one = connect();
    auto other = connect();
    ASSERT_TRUE(one->begin().ok());
    ASSERT_TRUE(one->reconnect(Disposition::Reset).ok());
    Waiter waiter([&] { EXPECT_EQ(code_of(other->transmit(select_piv)), ErrorCode::CardReset); });
    EXPECT_TRUE(waiter.still_waits());
    EXPECT_TRUE(one->end(Disposition::Leave).ok());
}

TEST_F(SimulatedTransportTest, tells_of_a_reset_without_waiting_for_the_transaction) {
    auto one = connect();
    auto other = connect();
    ASSERT_TRUE(one->begin().ok());
    ASSERT_TRUE(one->reconnect(Disposition::Reset).ok());
    EXPECT_EQ(code_of(other->begin()), ErrorCode::CardReset);
}

TEST_F(SimulatedTransportTest, takes_an_end_without_a_begin_as_done) {
    EXPECT_TRUE(connect()->end(Disposition::Leave).ok());
}

TEST_F(SimulatedTransportTest, resets_the_card_when_a_program_dies_in_its_transaction) {
    auto one = connect();
    auto other = connect();
    ASSERT_TRUE(one->begin().ok());
    log_in(*one);
    one.reset();
    EXPECT_FALSE(card->is_pin_verified());
    EXPECT_EQ(code_of(other->begin()), ErrorCode::CardReset);
}

TEST_F(SimulatedTransportTest, leaves_the_card_alone_when_a_program_ends_outside_of_transactions) {
    auto one = connect();
    log_in(*one);
    one.reset();
    EXPECT_TRUE(card->is_pin_verified());
}

TEST_F(SimulatedTransportTest, ends_waits_and_connections_when_the_card_is_pulled) {
    auto one = connect();
    auto other = connect();
    ASSERT_TRUE(one->begin().ok());
    {
        Waiter waiter([&] { EXPECT_EQ(code_of(other->begin()), ErrorCode::CardRemoved); });
        EXPECT_TRUE(waiter.still_waits());
        world.remove(reader);
    }
    EXPECT_EQ(code_of(one->transmit(select_piv)), ErrorCode::CardRemoved);
    EXPECT_EQ(code_of(one->reconnect(Disposition::Reset)), ErrorCode::CardRemoved);
    world.insert(reader, card);
    EXPECT_EQ(code_of(one->begin()), ErrorCode::CardRemoved) << "it may be another card";
    EXPECT_TRUE(connect()->begin().ok());
    EXPECT_EQ(serve()->list().value()[0].event_count, 3U);
}

TEST_F(SimulatedTransportTest, pulls_the_card_out_of_a_command_that_hangs) {
    auto one = connect();
    card->set_delay(std::chrono::hours(1));
    {
        Waiter waiter(
            [&] { EXPECT_EQ(code_of(one->transmit(select_piv)), ErrorCode::CardRemoved); });
        while (card->statistics().apdus == 0) std::this_thread::yield();
        world.remove(reader);
    }
    card->set_delay(Duration::zero());
}

TEST_F(SimulatedTransportTest, loses_the_answer_of_a_command_during_which_the_card_is_reset) {
    auto one = connect();
    card->set_delay(std::chrono::hours(1));
    {
        Waiter waiter([&] { EXPECT_EQ(code_of(one->transmit(select_piv)), ErrorCode::CardReset); });
        while (card->statistics().apdus == 0) std::this_thread::yield();
        world.reset(reader);
    }
    card->set_delay(Duration::zero());
}

TEST_F(SimulatedTransportTest, reports_a_lost_answer_as_a_card_that_does_not_answer) {
    auto one = connect();
    card->lose_next_answer();
    EXPECT_EQ(code_of(one->transmit(select_piv)), ErrorCode::CardUnresponsive);
    EXPECT_EQ(card->statistics().selects, 1U) << "it was carried out";
}

TEST_F(SimulatedTransportTest, swaps_cards) {
    auto one = connect();
    world.insert(reader, make_card(2));
    EXPECT_EQ(code_of(one->begin()), ErrorCode::CardRemoved);
    EXPECT_EQ(serve()->list().value()[0].event_count, 3U);
    EXPECT_NE(world.card(reader), card);
}

TEST_F(SimulatedTransportTest, loses_a_reader_that_is_unplugged) {
    auto one = connect();
    EXPECT_TRUE(world.remove_reader(reader));
    EXPECT_FALSE(world.remove_reader(reader));
    EXPECT_EQ(code_of(one->begin()), ErrorCode::ReaderUnavailable);
    EXPECT_TRUE(serve()->list().value().empty());
    world.add_reader(reader);
    EXPECT_EQ(code_of(one->begin()), ErrorCode::ReaderUnavailable) << "another device";
}

TEST_F(SimulatedTransportTest, fails_everything_when_the_service_stops) {
    auto service = serve();
    auto one = service->connect(reader).value();
    auto other = service->connect(reader).value();
    ASSERT_TRUE(one->begin().ok());
    log_in(*one);
    {
        Waiter beginning(
            [&] { EXPECT_EQ(code_of(other->begin()), ErrorCode::ServiceUnavailable); });
        Waiter watching([&] {
            const auto known = service->list().value();
            EXPECT_EQ(code_of(service->wait_for_change(known, std::chrono::seconds(20))),
                      ErrorCode::ServiceUnavailable);
        });
        EXPECT_TRUE(beginning.still_waits());
        EXPECT_TRUE(watching.still_waits());
        world.stop_service();
    }
    EXPECT_EQ(code_of(world.connect_service()), ErrorCode::ServiceUnavailable);
    world.start_service();
    EXPECT_EQ(code_of(service->list()), ErrorCode::ServiceUnavailable) << "for good";
    EXPECT_EQ(code_of(one->transmit(verify)), ErrorCode::ServiceUnavailable);
    EXPECT_FALSE(card->is_pin_verified());
    EXPECT_TRUE(connect()->begin().ok());
}

TEST_F(SimulatedTransportTest, notices_changes_and_keeps_quiet_about_programs) {
    auto service = serve();
    const auto known = service->list().value();
    auto connection = connect();
    EXPECT_TRUE(service->list().value()[0].in_use);
    const TimePoint start = now();
    ASSERT_TRUE(service->wait_for_change(known, std::chrono::milliseconds(40)).ok());
    EXPECT_GE(milliseconds(now() - start), 40);
    {
        Waiter waiter([&] {
            const auto changed = service->wait_for_change(known, std::chrono::seconds(20));
            EXPECT_FALSE(changed.value()[0].card_present);
        });
        EXPECT_TRUE(waiter.still_waits());
        world.remove(reader);
    }
}

TEST_F(SimulatedTransportTest, ends_a_wait_that_is_interrupted_now_or_next) {
    auto service = serve();
    const auto known = service->list().value();
    {
        Waiter waiter(
            [&] { EXPECT_TRUE(service->wait_for_change(known, std::chrono::seconds(20)).ok()); });
        EXPECT_TRUE(waiter.still_waits());
        service->interrupt();
    }
    service->interrupt();
    EXPECT_TRUE(service->wait_for_change(known, std::chrono::hours(1)).ok());
}

/// Four programs that do nothing but take the card, and somebody who troubles them meanwhile.
class SimulatedTransportLoadTest : public SimulatedTransportTest {
  protected:
    void run(const std::function<void()>& trouble) {
        std::vector<std::thread> programs;
        for (int i = 0; i < 4; ++i) {
            programs.emplace_back([this] {
                while (!stop_) use_card();
            });
        }
        for (int i = 0; i < 40; ++i) {
            sleep_for(std::chrono::milliseconds(3));
            trouble();
        }
        stop_ = true;
        for (std::thread& program : programs) program.join();
        EXPECT_GT(card->statistics().selects, 0U);
    }

    std::atomic<int> overlaps = 0;

  private:
    void use_card() {
        auto connection = serve()->connect(reader);
        for (int round = 0; connection.ok() && round < 20; ++round) {
            if ((*connection)->begin().ok()) {
                if (++inside_ != 1) ++overlaps;
                (void)(*connection)->transmit(select_piv).ok();
                --inside_;
                (void)(*connection)->end(Disposition::Leave).ok();
            } else if (!(*connection)->reconnect(Disposition::Leave).ok()) {
                return;
            }
        }
    }

    std::atomic<bool> stop_ = false;
    std::atomic<int> inside_ = 0;
};

TEST_F(SimulatedTransportLoadTest, keeps_programs_apart_whatever_is_reset) {
    run([&] { world.reset(reader); });
    EXPECT_EQ(overlaps, 0);
}

/// After a pull the next program may begin while the last one still looks at its error.
TEST_F(SimulatedTransportLoadTest, lets_nobody_hang_when_cards_come_and_go) {
    run([&] {
        world.remove(reader);
        world.insert(reader, card);
    });
}

}  // namespace
}  // namespace cardmux::simulation

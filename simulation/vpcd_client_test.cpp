// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The other end here is a listening socket that speaks as vpcd does; the real one is in
// tests/pcscd.
#include "simulation/vpcd_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace cardmux::simulation {
namespace {

constexpr Duration patience = std::chrono::seconds(10);

/// Echoes the command with 9000 behind it, and counts what happens to it.
class EchoCard final : public SimulatedCard {
  public:
    struct Seen {
        int resets = 0;
        int power_offs = 0;
        bool is_working = false;
        bool may_finish = true;
    };
    explicit EchoCard(std::uint8_t atr_byte) : atr_byte_(atr_byte) {}

    Bytes atr() const override { return {0x3B, atr_byte_}; }
    void reset() override {
        change([](Seen& seen) { seen.resets++; });
    }
    void power_off() override {
        change([](Seen& seen) { seen.power_offs++; });
    }
    Bytes transmit(ByteView command) override {
        change([](Seen& seen) { seen.is_working = true; });
        EXPECT_TRUE(wait_until([](const Seen& seen) { return seen.may_finish; }));
        change([](Seen& seen) { seen.is_working = false; });
        Bytes response = to_bytes(command);
        response.insert(response.end(), {0x90, 0x00});
        return response;
    }

    template <typename Change>
    void change(Change how) {
        auto seen = seen_.lock();
        how(*seen);
        changed_.notify_all();
    }
    template <typename Condition>
    bool wait_until(Condition holds) {
        const Deadline deadline = Deadline::after(patience);
        auto seen = seen_.lock();
        while (!holds(*seen)) {
            if (!seen.wait(changed_, deadline)) return holds(*seen);
        }
        return true;
    }

  private:
    const std::uint8_t atr_byte_;
    Guarded<Seen> seen_{LockRank::SimulatedCard};
    Condition changed_;
};

/// One slot of vpcd: listens, accepts one card, sends length and body in two writes.
class Slot {
  public:
    explicit Slot(int backlog = 4) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
        EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
        port_ = ntohs(address.sin_port);
        EXPECT_EQ(::listen(listener_, backlog), 0);
        limit(listener_);
    }
    ~Slot() {
        drop_card();
        ::close(listener_);
    }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    std::uint16_t port() const { return port_; }
    bool accept_card() {
        drop_card();
        card_ = ::accept(listener_, nullptr, nullptr);
        if (card_ >= 0) limit(card_);
        return card_ >= 0;
    }
    void drop_card() {
        if (card_ >= 0) ::close(card_);
        card_ = -1;
    }
    void send(ByteView message) {
        const std::uint8_t length[2] = {static_cast<std::uint8_t>(message.size() >> 8),
                                        static_cast<std::uint8_t>(message.size())};
        EXPECT_EQ(::send(card_, length, 2, MSG_NOSIGNAL), 2);
        EXPECT_EQ(::send(card_, message.data(), message.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(message.size()));
    }
    /// In hexadecimal; "gone" once the card has been pulled, or on a time-out.
    std::string receive() {
        std::uint8_t length[2];
        if (::recv(card_, length, 2, MSG_WAITALL) != 2) return "gone";
        Bytes message(static_cast<std::size_t>(length[0] << 8 | length[1]));
        if (::recv(card_, message.data(), message.size(), MSG_WAITALL) !=
            static_cast<ssize_t>(message.size())) {
            return "gone";
        }
        return to_hex(message);
    }
    std::string ask(const char* hex) {
        send(from_hex(hex).value());
        return receive();
    }

  private:
    static void limit(int socket) {
        const timeval ten_seconds{10, 0};
        (void)setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &ten_seconds, sizeof ten_seconds);
    }
    int listener_;
    int card_ = -1;
    std::uint16_t port_ = 0;
};

struct Rig {
    Slot slot;
    VpcdClient client{slot.port()};
    std::shared_ptr<EchoCard> card = std::make_shared<EchoCard>(std::uint8_t{0x11});
    Rig() {
        EXPECT_TRUE(client.start().ok());
        client.insert(card);
    }
};

TEST(VpcdClient, answers_commands_and_the_question_for_the_atr) {
    Rig rig;
    ASSERT_TRUE(rig.slot.accept_card());
    EXPECT_EQ(rig.slot.ask("04"), "3b11");
    EXPECT_EQ(rig.slot.ask("00a40400"), "00a404009000");
    const std::string long_command(2 * 60000, 'a');
    EXPECT_EQ(rig.slot.ask(long_command.c_str()), long_command + "9000");
}

TEST(VpcdClient, carries_power_and_reset_to_the_card_without_a_reply) {
    Rig rig;
    ASSERT_TRUE(rig.slot.accept_card());
    rig.slot.send(from_hex("01").value());
    rig.slot.send(from_hex("02").value());
    rig.slot.send(from_hex("00").value());
    EXPECT_EQ(rig.slot.ask("04"), "3b11");
    rig.card->change([](EchoCard::Seen& seen) {
        EXPECT_EQ(seen.resets, 2);
        EXPECT_EQ(seen.power_offs, 1);
    });
}

TEST(VpcdClient, pulls_the_card_in_the_middle_of_a_command) {
    Rig rig;
    ASSERT_TRUE(rig.slot.accept_card());
    rig.card->change([](EchoCard::Seen& seen) { seen.may_finish = false; });
    rig.slot.send(from_hex("00a40400").value());
    ASSERT_TRUE(rig.card->wait_until([](const EchoCard::Seen& seen) { return seen.is_working; }));
    rig.client.remove();
    EXPECT_EQ(rig.slot.receive(), "gone");
    EXPECT_EQ(rig.client.card(), nullptr);
    rig.card->change([](EchoCard::Seen& seen) { seen.may_finish = true; });
    EXPECT_TRUE(
        rig.card->wait_until([](const EchoCard::Seen& seen) { return seen.power_offs >= 1; }));
}

TEST(VpcdClient, stays_away_after_a_removal_and_comes_back_on_insertion) {
    Rig rig;
    ASSERT_TRUE(rig.slot.accept_card());
    rig.client.remove();
    EXPECT_EQ(rig.slot.receive(), "gone");
    EXPECT_FALSE(rig.client.is_connected());
    rig.client.insert(rig.card);
    ASSERT_TRUE(rig.slot.accept_card());
    EXPECT_EQ(rig.slot.ask("04"), "3b11");
}

/// vpcd's listener has one place. Its looks are 0.4 s apart.
TEST(VpcdClient, comes_also_while_a_card_pulled_before_waits_to_be_accepted) {
    constexpr Duration between_looks = std::chrono::milliseconds(400);
    Slot slot(0);
    VpcdClient client(slot.port());
    ASSERT_TRUE(client.start().ok());
    const auto card = std::make_shared<EchoCard>(std::uint8_t{0x11});
    client.insert(card);
    while (!client.is_connected()) sleep_for(std::chrono::milliseconds(1));
    client.remove();
    client.insert(card);
    sleep_for(between_looks);
    ASSERT_TRUE(slot.accept_card());
    EXPECT_EQ(slot.receive(), "gone");
    ASSERT_TRUE(slot.accept_card());
    sleep_for(between_looks);
    EXPECT_EQ(slot.ask("04"), "3b11");
}

TEST(VpcdClient, brings_another_card_when_cards_are_swapped) {
    Rig rig;
    ASSERT_TRUE(rig.slot.accept_card());
    EXPECT_EQ(rig.slot.ask("04"), "3b11");
    rig.client.insert(std::make_shared<EchoCard>(std::uint8_t{0x22}));
    EXPECT_EQ(rig.slot.receive(), "gone");
    ASSERT_TRUE(rig.slot.accept_card());
    EXPECT_EQ(rig.slot.ask("04"), "3b22");
}

TEST(VpcdClient, connects_again_when_the_reader_went_away) {
    Rig rig;
    ASSERT_TRUE(rig.slot.accept_card());
    rig.slot.drop_card();
    ASSERT_TRUE(rig.slot.accept_card());
    EXPECT_EQ(rig.slot.ask("04"), "3b11");
    EXPECT_TRUE(rig.client.is_connected());
}

TEST(VpcdClient, ends_while_nobody_listens) {
    std::uint16_t port = 0;
    {
        Slot slot;
        port = slot.port();
    }
    VpcdClient client(port);
    ASSERT_TRUE(client.start().ok());
    client.insert(std::make_shared<EchoCard>(std::uint8_t{0x11}));
    EXPECT_FALSE(client.is_connected());
}

}  // namespace
}  // namespace cardmux::simulation

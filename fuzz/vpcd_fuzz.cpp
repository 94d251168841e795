// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A pcscd that sends anything at all to a virtual reader: each message that is whole gets the
// card's own reply or none, and the conversation ends with the connection.
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz/input.h"
#include "simulation/simulated_piv_card.h"
#include "simulation/vpcd_protocol.h"

namespace cardmux::fuzz {
namespace {

constexpr std::size_t input_size_max = 32768;  // what a socket takes with nobody reading

class Connection {
  public:
    Connection() { require(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_) == 0, "there are sockets"); }
    ~Connection() {
        close(ends_[0]);
        close(ends_[1]);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int cards_end() const { return ends_[1]; }

    void send_all(ByteView content) const {
        require(send(ends_[0], content.data(), content.size(), MSG_NOSIGNAL) ==
                    static_cast<ssize_t>(content.size()),
                "the socket has room");
        shutdown(ends_[0], SHUT_WR);
    }

    /// What has been replied by now.
    void collect(Bytes& to) const {
        std::uint8_t part[4096];
        ssize_t got = 0;
        while ((got = recv(ends_[0], part, sizeof part, MSG_DONTWAIT)) > 0)
            append(to, ByteView(part, static_cast<std::size_t>(got)));
    }

  private:
    int ends_[2] = {-1, -1};
};

/// Passes everything on, and keeps the replies of the card beside those that were sent.
class WatchedCard final : public simulation::SimulatedCard {
  public:
    WatchedCard(simulation::SimulatedCard& card, const Connection& connection)
        : card_(card), connection_(connection) {}

    Bytes atr() const override { return note(card_.atr()); }
    void reset() override { card_.reset(); }
    void power_off() override { card_.power_off(); }
    Bytes transmit(ByteView command) override { return note(card_.transmit(command)); }

    void check() const {
        connection_.collect(sent_);
        require(equal(sent_, expected_), "what was sent is what the card replied");
    }

  private:
    Bytes note(Bytes reply) const {
        connection_.collect(sent_);  // so that there is room for this one
        expected_.push_back(static_cast<std::uint8_t>(reply.size() >> 8));
        expected_.push_back(static_cast<std::uint8_t>(reply.size() & 0xff));
        append(expected_, reply);
        return reply;
    }

    simulation::SimulatedCard& card_;
    const Connection& connection_;
    mutable Bytes sent_;
    mutable Bytes expected_;
};

/// Without keys, since making them is what takes the time.
std::shared_ptr<simulation::SimulatedPivCard> make_card() {
    simulation::PivCardOptions options;
    options.provisioned = false;
    options.behavior.yubico = true;
    return simulation::SimulatedPivCard::create(options).value();
}

}  // namespace
}  // namespace cardmux::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cardmux;
    const auto card = fuzz::make_card();
    const fuzz::Connection connection;
    connection.send_all(ByteView(data, std::min(size, fuzz::input_size_max)));
    fuzz::WatchedCard watched(*card, connection);
    simulation::serve_vpcd(connection.cards_end(), watched);
    watched.check();
    return 0;
}

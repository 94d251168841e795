// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "simulation/vpcd_client.h"
#include "simulation/vpcd_protocol.h"

namespace cardmux::simulation {
namespace {

constexpr Duration connect_again_after = std::chrono::milliseconds(50);
// vpcd's listener has one place, which a card pulled before it was accepted keeps for a while, and
// drops our request meanwhile. The system repeats it after one second: given up at that moment, it
// would leave a dead connection in that place, again and again.
constexpr timeval connect_limit{0, 200'000};
constexpr timeval send_limit{1, 0};

void limit_sending(int socket, timeval limit) {
    (void)setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/// A connection to the slot, or none: nobody listens there (yet), or the slot is occupied.
std::optional<int> connect_to_slot(std::uint16_t port) {
    const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0) return std::nullopt;
    limit_sending(connection, connect_limit);  // connect() as well
    const int at_once = 1;
    (void)setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);

    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(connection);
        return std::nullopt;
    }
    limit_sending(connection, send_limit);
    return connection;
}

}  // namespace

VpcdClient::VpcdClient(std::uint16_t port) : port_(port) {}

VpcdClient::~VpcdClient() {
    change_card(nullptr, true);
    if (thread_.is_running()) thread_.join();
}

Result<void> VpcdClient::start() {
    if (!thread_.start("vpcd-" + std::to_string(port_), [this] { run(); })) {
        return Error(ErrorCode::SystemFailed, "start the thread of a virtual reader");
    }
    return success();
}

void VpcdClient::insert(std::shared_ptr<SimulatedCard> card) {
    change_card(std::move(card), false);
}

void VpcdClient::remove() {
    change_card(nullptr, false);
}

std::shared_ptr<SimulatedCard> VpcdClient::card() {
    return state_.lock()->card;
}

bool VpcdClient::is_connected() {
    return state_.lock()->connection >= 0;
}

void VpcdClient::change_card(std::shared_ptr<SimulatedCard> card, bool stopping) {
    {
        auto state = state_.lock();
        std::swap(state->card, card);
        state->insertion++;
        state->stopping = state->stopping || stopping;
        // The slot's thread closes it; until then no other connection can get its number.
        if (state->connection >= 0) (void)::shutdown(state->connection, SHUT_RDWR);
        state->connection = -1;
        changed_.notify_all();
    }
    if (card) card->power_off();  // ends the command it may be working on
}

void VpcdClient::run() {
    for (;;) {
        std::shared_ptr<SimulatedCard> card;
        std::uint64_t insertion = 0;
        {
            auto state = state_.lock();
            while (!state->stopping && !state->card) {
                (void)state.wait(changed_, Deadline::never());
            }
            if (state->stopping) return;
            card = state->card;
            insertion = state->insertion;
        }
        serve_one_connection(*card, insertion);
    }
}

void VpcdClient::serve_one_connection(SimulatedCard& card, std::uint64_t insertion) {
    const auto connection = connect_to_slot(port_);
    if (!connection) {
        auto state = state_.lock();
        if (state->insertion == insertion) {
            (void)state.wait(changed_, Deadline::after(connect_again_after));
        }
        return;
    }
    if (publish(*connection, insertion)) {
        serve_vpcd(*connection, card);
        (void)publish(-1, insertion);
        card.power_off();
    }
    ::close(*connection);
}

/// Makes the connection (or its end, -1) known unless the card has been changed meanwhile.
bool VpcdClient::publish(int connection, std::uint64_t insertion) {
    auto state = state_.lock();
    if (state->insertion != insertion) return false;
    state->connection = connection;
    return true;
}

}  // namespace cardmux::simulation

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "simulation/vpcd_client.h"

namespace cardmux::simulation {
namespace {

// vpcd's protocol (src/vpcd/vpcd.h of vsmartcard): two bytes of length, big-endian, then the
// message. One byte alone is a control code, everything else a command APDU.
enum class Control : std::uint8_t { PowerOff = 0, PowerOn = 1, Reset = 2, GetAtr = 4 };
constexpr std::size_t length_field_size = 2;
constexpr std::size_t message_size_max = 0xFFFF;

constexpr Duration connect_again_after = std::chrono::milliseconds(50);
// vpcd's listener has one place, which a card pulled before it was accepted keeps for a while, and
// drops our request meanwhile. The system repeats it after one second: given up at that moment, it
// would leave a dead connection in that place, again and again.
constexpr timeval connect_limit{0, 200'000};
constexpr timeval send_limit{1, 0};

void limit_sending(int socket, timeval limit) {
    (void)setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

void set_option(int socket, int level, int option, int value) {
    (void)setsockopt(socket, level, option, &value, sizeof value);
}

/// A connection to the slot, or none: nobody listens there (yet), or the slot is occupied.
std::optional<int> connect_to_slot(std::uint16_t port) {
    const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0) return std::nullopt;
    limit_sending(connection, connect_limit);  // connect() as well
    set_option(connection, IPPROTO_TCP, TCP_NODELAY, 1);

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

bool receive_exactly(int connection, std::span<std::uint8_t> out) {
    while (!out.empty()) {
        // vpcd sends length and body in two writes; without the acknowledgement at once its second
        // write waits for our delayed one, 44 ms a command. The system clears the option by itself.
        set_option(connection, IPPROTO_TCP, TCP_QUICKACK, 1);
        const ssize_t got = ::recv(connection, out.data(), out.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        out = out.subspan(static_cast<std::size_t>(got));
    }
    return true;
}

std::optional<Bytes> receive_message(int connection) {
    std::uint8_t length[length_field_size];
    if (!receive_exactly(connection, length)) return std::nullopt;
    Bytes message(static_cast<std::size_t>(length[0] << 8 | length[1]));
    if (!receive_exactly(connection, message)) return std::nullopt;
    return message;
}

/// Length and body in one write, so that vpcd's two reads wait for one segment only.
bool send_message(int connection, ByteView message) {
    Bytes framed{static_cast<std::uint8_t>(message.size() >> 8),
                 static_cast<std::uint8_t>(message.size() & 0xFF)};
    append(framed, message);
    ByteView rest = framed;
    while (!rest.empty()) {
        const ssize_t sent = ::send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        rest = rest.subspan(static_cast<std::size_t>(sent));
    }
    return true;
}

/// What the card answers; nothing for the control codes that have no reply.
std::optional<Bytes> answer(SimulatedCard& card, ByteView message) {
    if (message.size() != 1) return card.transmit(message);
    switch (static_cast<Control>(message[0])) {
        case Control::PowerOff:
            card.power_off();
            return std::nullopt;
        case Control::PowerOn:
        case Control::Reset:
            card.reset();
            return std::nullopt;
        case Control::GetAtr:
            return card.atr();
    }
    return std::nullopt;
}

/// Answers until vpcd or remove() ends the connection.
void serve(int connection, SimulatedCard& card) {
    while (const auto message = receive_message(connection)) {
        const auto reply = answer(card, *message);
        if (!reply) continue;
        if (reply->size() > message_size_max || !send_message(connection, *reply)) return;
    }
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
        serve(*connection, card);
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

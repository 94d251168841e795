// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <cerrno>
#include <optional>

#include "simulation/vpcd_protocol.h"

namespace cardmux::simulation {
namespace {

// vpcd's protocol (src/vpcd/vpcd.h of vsmartcard): two bytes of length, big-endian, then the
// message. One byte alone is a control code, everything else a command APDU.
enum class Control : std::uint8_t { PowerOff = 0, PowerOn = 1, Reset = 2, GetAtr = 4 };
constexpr std::size_t length_field_size = 2;
constexpr std::size_t message_size_max = 0xFFFF;

bool receive_exactly(int connection, std::span<std::uint8_t> out) {
    while (!out.empty()) {
        // vpcd sends length and body in two writes; without the acknowledgement at once its second
        // write waits for our delayed one, 44 ms a command. The system clears the option by itself.
        const int at_once = 1;
        (void)setsockopt(connection, IPPROTO_TCP, TCP_QUICKACK, &at_once, sizeof at_once);
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

}  // namespace

void serve_vpcd(int connection, SimulatedCard& card) {
    while (const auto message = receive_message(connection)) {
        const auto reply = answer(card, *message);
        if (!reply) continue;
        if (reply->size() > message_size_max || !send_message(connection, *reply)) return;
    }
}

}  // namespace cardmux::simulation

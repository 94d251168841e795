// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/world/foreign_program.h"

#include "iso7816/apdu.h"

namespace cardmux::simulation {
namespace {

using iso7816::CommandApdu;
using transport::CardConnection;
using transport::Disposition;

constexpr std::uint16_t no_answer = 0;

std::uint16_t send(CardConnection& card, const CommandApdu& command) {
    const auto encoded = iso7816::encode(command, iso7816::LengthForm::Short);
    if (!encoded) return no_answer;
    const auto answer = card.transmit(*encoded);
    if (!answer) return no_answer;
    const auto response = iso7816::parse_response(*answer);
    return response ? response->status_word : no_answer;
}

CommandApdu select_piv() {
    return {0, 0xA4, 4, 0, {0xA0, 0, 0, 3, 8, 0, 0, 0x10, 0, 1, 0}, 256};
}

/// No applet of a PIV card; to a card that knows it not, nothing is selected then.
CommandApdu select_another() {
    return {0, 0xA4, 4, 0, {0xA0, 0, 0, 0, 3, 0, 0, 0}, 256};
}

CommandApdu verify(const std::string& pin) {
    Bytes data = to_bytes(bytes_of(pin));
    data.resize(8, 0xFF);
    return {0, 0x20, 0, 0x80, data, {}};
}

CommandApdu log_out() {
    return {0, 0x20, 0xFF, 0x80, {}, {}};
}

/// Its transaction; a card that was reset is taken back.
bool begin(CardConnection& card) {
    for (int attempt = 0; attempt < 3; ++attempt) {
        const auto begun = card.begin();
        if (begun) return true;
        if (begun.error().code != ErrorCode::CardReset) return false;
        if (!card.reconnect(Disposition::Leave)) return false;
    }
    return false;
}

void spend_tries(WorldReader& reader, CardConnection& card) {
    if (send(card, select_piv()) != 0x9000) return;
    while (reader.home->pin_tries_left() > 1) {
        ++reader.tries_allowed;
        if (send(card, verify("999999")) == no_answer) return;
    }
}

void work(WorldReader& reader, CardConnection& card, Fault fault) {
    switch (fault) {
        case Fault::ForeignSelect:
            send(card, select_another());
            break;
        case Fault::ForeignVerify:
            if (send(card, select_piv()) == 0x9000) send(card, verify(reader.pin));
            break;
        case Fault::ForeignDrop:
            if (send(card, select_piv()) == 0x9000) send(card, log_out());
            break;
        case Fault::OneTryLeft:
            spend_tries(reader, card);
            break;
        default:
            break;
    }
}

}  // namespace

void use_card_as_foreign_program(World& world, WorldReader& reader, Fault fault, Duration length) {
    auto service = world.transport().connect_service();
    if (!service) return;
    auto card = (*service)->connect(reader.name);
    const bool is_at_home = world.transport().card(reader.name) == reader.home;
    if (!card || !is_at_home || !begin(**card)) return;
    ++reader.epoch;
    reader.holder = card->get();
    world.note("begin", &reader, name_of(fault));
    work(reader, **card, fault);
    sleep_for(length);
    ++reader.epoch;
    if (reader.holder == card->get()) reader.holder = nullptr;
    const bool resets = fault == Fault::ForeignReset;
    const auto ended = (*card)->end(resets ? Disposition::Reset : Disposition::Leave);
    world.note("end", &reader, ended ? "ok" : name_of(ended.error().code));
}

}  // namespace cardmux::simulation

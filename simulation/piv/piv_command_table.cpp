// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Which command is it, may it be now: SELECT and the way to all others.
#include <algorithm>
#include <array>
#include <string_view>

#include "iso7816/status_word.h"
#include "iso7816/tlv_writer.h"
#include "simulation/piv/piv_card.h"
#include "simulation/piv/piv_data_model.h"

namespace cardmux::simulation {
namespace {

namespace status = iso7816::status;
using iso7816::CommandApdu;
using iso7816::ResponseApdu;
using iso7816::TlvWriter;

// The other applets: they can be selected and know no other command.
constexpr std::array<std::uint8_t, 8> card_manager_id = {0xA0, 0x00, 0x00, 0x01,
                                                         0x51, 0x00, 0x00, 0x00};
constexpr std::array<std::uint8_t, 8> yubico_management_id = {0xA0, 0x00, 0x00, 0x05,
                                                              0x27, 0x47, 0x11, 0x17};

constexpr std::array<std::uint8_t, 9> algorithms_known = {0x03, 0x05, 0x07, 0x08, 0x0A,
                                                          0x0C, 0x11, 0x14, 0x16};

/// Whether `name` is `id` or its beginning, the provider's part at least.
bool names(ByteView name, ByteView id) {
    return name.size() >= piv::provider_id_size && name.size() <= id.size() &&
           equal(name, id.first(name.size()));
}

bool is_other_applet(const PivCard& card, ByteView name) {
    return name.empty() || names(name, card_manager_id) ||
           (card.options.behavior.yubico && names(name, yubico_management_id));
}

/// SP 800-73-4 part 2, table 3. A YubiKey gives the two mandatory objects only.
Bytes application_property_template(const PivCard& card) {
    const ByteView id(piv::application_id);
    TlvWriter properties;
    properties.add(0x4F, id.subspan(piv::provider_id_size));
    properties.add(0x79, TlvWriter().add(0x4F, id.first(piv::provider_id_size)).bytes());
    if (!card.options.behavior.yubico) {
        properties.add(0x50, bytes_of("Cardmux simulated PIV"));
        TlvWriter algorithms;
        for (const std::uint8_t algorithm : algorithms_known) {
            algorithms.add_byte(0x80, algorithm);
        }
        properties.add(0xAC, algorithms.add_byte(0x06, 0x00).bytes());
    }
    return TlvWriter().add(0x61, properties.bytes()).take();
}

/// Part 2, section 3.1.1: a name nobody has leaves the selected applet and its state as they are.
ResponseApdu select(PivCard& card, const CommandApdu& command) {
    if (command.p1 != 0x04 || (command.p2 & 0xF3) != 0x00) return answer(status::wrong_p1_p2);
    card.effects.timed = TimedCommand::Select;
    const bool is_piv = names(command.data, piv::application_id);
    if (!is_piv && !is_other_applet(card, command.data)) return answer(status::file_not_found);
    card.effects.selected = true;
    if (is_piv && card.session.piv_selected && !card.options.behavior.select_drops_authority) {
        return answer_with(application_property_template(card));
    }
    card.session = {};
    card.session.piv_selected = is_piv;
    return is_piv ? answer_with(application_property_template(card)) : answer(status::success);
}

ResponseApdu general_authenticate(PivCard& card, const CommandApdu& command, bool fresh_pin,
                                  const std::optional<PendingAuthentication>& pending) {
    return command.p2 == piv::key_management_9b ? authenticate_manager(card, command, pending)
                                                : use_private_key(card, command, fresh_pin);
}

}  // namespace

ResponseApdu process(PivCard& card, const CommandApdu& command) {
    card.effects = {};
    // Both hold for the command directly after them and for no other.
    const bool fresh_pin = std::exchange(card.session.pin_fresh, false);
    const auto pending = std::exchange(card.session.pending, std::nullopt);

    if (command.ins == piv::ins_select) return select(card, command);
    if (!card.session.piv_selected) return answer(status::instruction_not_supported);
    switch (command.ins) {
        case piv::ins_verify:
            return verify(card, command);
        case piv::ins_change_reference_data:
            return change_reference_data(card, command);
        case piv::ins_reset_retry_counter:
            return reset_retry_counter(card, command);
        case piv::ins_general_authenticate:
            return general_authenticate(card, command, fresh_pin, pending);
        case piv::ins_generate_key_pair:
            return generate_key_pair(card, command);
        case piv::ins_get_data:
            return get_data(card, command);
        case piv::ins_put_data:
            return put_data(card, command);
        default:
            return card.options.behavior.yubico ? yubico_command(card, command)
                                                : answer(status::instruction_not_supported);
    }
}

}  // namespace cardmux::simulation

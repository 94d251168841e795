// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Yubico's additions (developers.yubico.com/PIV/Introduction/Yubico_extensions.html).
#include <array>

#include "iso7816/status_word.h"
#include "iso7816/tlv_writer.h"
#include "simulation/piv/piv_card.h"
#include "simulation/piv/piv_card_provisioning.h"
#include "simulation/piv/piv_data_model.h"

namespace cardmux::simulation {
namespace {

namespace status = iso7816::status;
using iso7816::CommandApdu;
using iso7816::ResponseApdu;
using iso7816::TlvWriter;

/// The last version whose management key is 3DES when new, as ours is.
constexpr std::array<std::uint8_t, 3> firmware_version = {5, 4, 3};

constexpr std::uint32_t metadata_algorithm = 0x01;
constexpr std::uint32_t metadata_policy = 0x02;
constexpr std::uint32_t metadata_origin = 0x03;
constexpr std::uint32_t metadata_public_key = 0x04;
constexpr std::uint32_t metadata_is_default = 0x05;
constexpr std::uint32_t metadata_tries = 0x06;
constexpr std::uint8_t algorithm_pin = 0xFF;
constexpr std::uint8_t touch_never = 1;
constexpr std::uint8_t origin_generated = 1;
constexpr std::uint8_t origin_imported = 2;

ResponseApdu serial_number(const PivCard& card) {
    const std::uint32_t serial = card.memory.serial_number;
    return answer_with({static_cast<std::uint8_t>(serial >> 24),
                        static_cast<std::uint8_t>(serial >> 16),
                        static_cast<std::uint8_t>(serial >> 8), static_cast<std::uint8_t>(serial)});
}

ResponseApdu pin_metadata(const PinReference& reference) {
    const Bytes tries = {static_cast<std::uint8_t>(reference.tries_max),
                         static_cast<std::uint8_t>(reference.tries_left)};
    return answer_with(TlvWriter()
                           .add_byte(metadata_algorithm, algorithm_pin)
                           .add_byte(metadata_is_default, reference.is_default ? 1 : 0)
                           .add(metadata_tries, tries)
                           .take());
}

ResponseApdu management_metadata(const PivMemory& memory) {
    const Bytes policy = {0, touch_never};
    return answer_with(
        TlvWriter()
            .add_byte(metadata_algorithm, static_cast<std::uint8_t>(memory.management.algorithm))
            .add(metadata_policy, policy)
            .add_byte(metadata_is_default, memory.management_is_default ? 1 : 0)
            .take());
}

ResponseApdu key_metadata(const StoredKey& stored) {
    const Bytes policy = {static_cast<std::uint8_t>(stored.pin_policy), touch_never};
    return answer_with(
        TlvWriter()
            .add_byte(metadata_algorithm, static_cast<std::uint8_t>(stored.key.algorithm()))
            .add(metadata_policy, policy)
            .add_byte(metadata_origin, stored.imported ? origin_imported : origin_generated)
            .add(metadata_public_key, stored.key.public_template())
            .take());
}

ResponseApdu metadata(const PivCard& card, const CommandApdu& command) {
    if (command.p1 != 0x00) return answer(status::wrong_p1_p2);
    if (command.p2 == piv::reference_pin) return pin_metadata(card.memory.pin);
    if (command.p2 == piv::reference_puk) return pin_metadata(card.memory.puk);
    if (command.p2 == piv::key_management_9b) return management_metadata(card.memory);
    const auto found = card.memory.keys.find(command.p2);
    return found == card.memory.keys.end() ? answer(status::reference_data_not_found)
                                           : key_metadata(found->second);
}

ResponseApdu set_pin_retries(PivCard& card, const CommandApdu& command) {
    const auto is_possible = [](std::uint8_t tries) { return tries >= 1 && tries <= 15; };
    if (!card.session.manager_authenticated || !card.session.pin_verified) {
        return answer(status::security_not_satisfied);
    }
    if (!is_possible(command.p1) || !is_possible(command.p2)) return answer(status::wrong_p1_p2);
    card.memory.pin = factory_pin(command.p1);
    card.memory.puk = factory_puk(command.p2);
    card.session.pin_verified = false;
    card.effects.memory_changed = true;
    return answer(status::success);
}

ResponseApdu set_management_key(PivCard& card, const CommandApdu& command) {
    if (command.p1 != 0xFF || (command.p2 != 0xFF && command.p2 != 0xFE)) {
        return answer(status::wrong_p1_p2);
    }
    if (!card.session.manager_authenticated) return answer(status::security_not_satisfied);
    const ByteView data(command.data);
    if (data.size() < 3 || data[1] != piv::key_management_9b || data[2] != data.size() - 3) {
        return answer(status::wrong_data);
    }
    const auto algorithm = management_algorithm_of(data[0]);
    if (!algorithm.ok() || data[2] != management_key_size(algorithm.value())) {
        return answer(status::wrong_data);
    }
    card.memory.management = {.algorithm = algorithm.value(), .key = to_bytes(data.subspan(3))};
    card.memory.management_is_default = false;
    card.effects.memory_changed = true;
    return answer(status::success);
}

/// To FF: deletes.
ResponseApdu move_key(PivCard& card, const CommandApdu& command) {
    constexpr std::uint8_t nowhere = 0xFF;
    if (!piv::is_asymmetric_key(command.p2)) return answer(status::wrong_p1_p2);
    if (command.p1 != nowhere && !piv::is_asymmetric_key(command.p1))
        return answer(status::wrong_p1_p2);
    if (!card.session.manager_authenticated) return answer(status::security_not_satisfied);
    const auto found = card.memory.keys.find(command.p2);
    if (found == card.memory.keys.end()) return answer(status::reference_data_not_found);
    if (command.p1 != nowhere) card.memory.keys.insert_or_assign(command.p1, found->second);
    card.memory.keys.erase(command.p2);
    card.effects.memory_changed = true;
    return answer(status::success);
}

/// Back to the factory's state, which has neither keys nor objects.
ResponseApdu reset_application(PivCard& card) {
    if (card.memory.pin.tries_left != 0 || card.memory.puk.tries_left != 0) {
        return answer(status::conditions_not_satisfied);
    }
    card.memory = factory_memory(card.memory.serial_number, card.options.behavior);
    card.session.pin_verified = false;
    card.session.manager_authenticated = false;
    card.effects.memory_changed = true;
    return answer(status::success);
}

}  // namespace

ResponseApdu yubico_command(PivCard& card, const CommandApdu& command) {
    switch (command.ins) {
        case piv::ins_get_version:
            return answer_with({firmware_version.begin(), firmware_version.end()});
        case piv::ins_get_serial:
            return serial_number(card);
        case piv::ins_get_metadata:
            return card.options.behavior.yubico_metadata
                       ? metadata(card, command)
                       : answer(status::instruction_not_supported);
        case piv::ins_move_key:
            return card.options.behavior.yubico_deletes_keys
                       ? move_key(card, command)
                       : answer(status::instruction_not_supported);
        case piv::ins_set_pin_retries:
            return set_pin_retries(card, command);
        case piv::ins_set_management_key:
            return set_management_key(card, command);
        case piv::ins_import_key:
            return import_key(card, command);
        case piv::ins_reset:
            return reset_application(card);
        default:
            return answer(status::instruction_not_supported);
    }
}

}  // namespace cardmux::simulation

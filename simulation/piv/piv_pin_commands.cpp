// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// VERIFY, CHANGE REFERENCE DATA, RESET RETRY COUNTER (SP 800-73-4 part 2, sections 3.2.1 to 3.2.3).
#include <algorithm>

#include "iso7816/status_word.h"
#include "simulation/piv/piv_card.h"
#include "simulation/piv/piv_data_model.h"

namespace cardmux::simulation {
namespace {

namespace status = iso7816::status;
using iso7816::CommandApdu;
using iso7816::ResponseApdu;

constexpr std::size_t block_size_of_pin = 8;
constexpr std::size_t pin_size_min = 6;
constexpr std::uint8_t padding = 0xFF;

/// The PIN in a block padded with FF; none if no PIN of this card can look like that.
std::optional<std::string> read_block(const PivCard& card, std::uint8_t reference, ByteView block) {
    const auto end = std::find(block.begin(), block.end(), padding);
    const std::string pin(block.begin(), end);
    if (std::any_of(end, block.end(), [](std::uint8_t byte) { return byte != padding; })) {
        return std::nullopt;
    }
    if (pin.size() < pin_size_min) return std::nullopt;
    const bool any_bytes = card.options.behavior.yubico || reference == piv::reference_puk;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!any_bytes && !std::all_of(pin.begin(), pin.end(), is_digit)) return std::nullopt;
    return pin;
}

ResponseApdu tries_left(const PinReference& reference) {
    if (reference.tries_left == 0) return answer(status::authentication_blocked);
    return answer(static_cast<std::uint16_t>(status::tries_left_base | reference.tries_left));
}

/// Compares and counts. 9000, or 63Cx (63C0 for the try that blocks), or 6983.
std::uint16_t present(PivCard& card, PinReference& reference, const std::string& value) {
    card.effects.timed = TimedCommand::Verify;
    if (reference.tries_left == 0) return status::authentication_blocked;
    if (reference.value == value) {
        card.effects.memory_changed = reference.tries_left != reference.tries_max;
        reference.tries_left = reference.tries_max;
        return status::success;
    }
    card.effects.pin_wrong = true;
    card.effects.memory_changed = true;
    --reference.tries_left;
    return static_cast<std::uint16_t>(status::tries_left_base | reference.tries_left);
}

ResponseApdu log_out(PivCard& card, const CommandApdu& command) {
    if (!card.options.behavior.has_logout) return answer(card.options.behavior.logout_refusal);
    if (!command.data.empty()) return answer(status::wrong_data);
    card.session.pin_verified = false;
    return answer(status::success);
}

void store(PivCard& card, PinReference& reference, const std::string& value) {
    reference.value = value;
    reference.is_default = false;
    reference.tries_left = reference.tries_max;
    card.effects.memory_changed = true;
}

}  // namespace

ResponseApdu verify(PivCard& card, const CommandApdu& command) {
    if (command.p1 != 0x00 && command.p1 != 0xFF) return answer(status::wrong_p1_p2);
    if (command.p2 != piv::reference_pin) return answer(status::reference_data_not_found);
    if (command.p1 == 0xFF) return log_out(card, command);
    if (command.data.empty()) {
        return card.session.pin_verified ? answer(status::success) : tries_left(card.memory.pin);
    }
    const auto pin = command.data.size() == block_size_of_pin
                         ? read_block(card, command.p2, command.data)
                         : std::nullopt;
    if (!pin) return answer(status::wrong_data);  // not counted
    card.effects.pin_presented = true;
    const std::uint16_t word = present(card, card.memory.pin, *pin);
    card.session.pin_verified = word == status::success;
    card.session.pin_fresh = card.session.pin_verified;
    return answer(word);
}

ResponseApdu change_reference_data(PivCard& card, const CommandApdu& command) {
    if (command.p1 != 0x00) return answer(status::wrong_p1_p2);
    const bool is_pin = command.p2 == piv::reference_pin;
    if (!is_pin && command.p2 != piv::reference_puk) {
        return answer(status::reference_data_not_found);
    }
    if (command.data.size() != 2 * block_size_of_pin) return answer(status::wrong_data);
    const ByteView data(command.data);
    const auto before = read_block(card, command.p2, data.first(block_size_of_pin));
    const auto after = read_block(card, command.p2, data.subspan(block_size_of_pin));
    if (!before || !after) return answer(status::wrong_data);

    PinReference& reference = is_pin ? card.memory.pin : card.memory.puk;
    const std::uint16_t word = present(card, reference, *before);
    if (word == status::success) store(card, reference, *after);
    if (is_pin) card.session.pin_verified = word == status::success;
    return answer(word);
}

ResponseApdu reset_retry_counter(PivCard& card, const CommandApdu& command) {
    if (command.p1 != 0x00) return answer(status::wrong_p1_p2);
    if (command.p2 != piv::reference_pin) return answer(status::reference_data_not_found);
    if (command.data.size() != 2 * block_size_of_pin) return answer(status::wrong_data);
    const ByteView data(command.data);
    const auto puk = read_block(card, piv::reference_puk, data.first(block_size_of_pin));
    const auto pin = read_block(card, piv::reference_pin, data.subspan(block_size_of_pin));
    if (!puk || !pin) return answer(status::wrong_data);

    const std::uint16_t word = present(card, card.memory.puk, *puk);
    if (word == status::success) store(card, card.memory.pin, *pin);
    return answer(word);
}

}  // namespace cardmux::simulation

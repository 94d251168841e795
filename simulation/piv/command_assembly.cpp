// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/piv/command_assembly.h"

#include <algorithm>

#include "iso7816/status_word.h"
#include "simulation/piv/piv_data_model.h"

namespace cardmux::simulation {
namespace {

namespace status = iso7816::status;
using iso7816::CommandApdu;
using iso7816::ResponseApdu;

constexpr std::size_t short_answer_max = 256;
constexpr std::size_t chain_size_max = 32768;
constexpr std::uint8_t cla_secure_messaging_bits = 0x0C;

/// After the header, a zero that is not alone begins an extended length.
bool is_extended(ByteView apdu) {
    return apdu.size() > 5 && apdu[4] == 0;
}

bool continues(const CommandApdu& chain, const CommandApdu& command) {
    return chain.ins == command.ins && chain.p1 == command.p1 && chain.p2 == command.p2;
}

CommandAssembly::Step answered(std::uint16_t status_word) {
    return {.command = std::nullopt, .response = {.data = {}, .status_word = status_word}};
}

}  // namespace

void CommandAssembly::reset() {
    chain_.reset();
    waiting_.clear();
}

CommandAssembly::Step CommandAssembly::accept(ByteView apdu) {
    auto parsed = iso7816::parse_command(apdu);
    const bool extended = is_extended(apdu);
    if (!parsed.ok() || (extended && !lengths_.extended)) {
        reset();
        return answered(status::wrong_length);
    }
    CommandApdu command = std::move(parsed).value();
    // Without Le we answer as if any size had been asked for, as real cards do: yubico-piv-tool
    // never sends one behind data.
    const std::size_t wanted = command.expected_size.value_or(extended ? 65536U : 256U);
    answer_size_max_ = lengths_.answers_61_always ? std::min(wanted, short_answer_max) : wanted;

    if (command.ins == piv::ins_get_response && command.cla == 0x00) return get_response(command);
    waiting_.clear();
    if ((command.cla & cla_secure_messaging_bits) != 0 && (command.cla & 0xE0) == 0) {
        reset();
        return answered(status::secure_messaging_not_supported);
    }
    if ((command.cla & ~piv::cla_chained) != 0) {
        reset();
        return answered(status::class_not_supported);
    }
    return join(std::move(command));
}

CommandAssembly::Step CommandAssembly::get_response(const CommandApdu& command) {
    chain_.reset();
    if (waiting_.empty() || command.p1 != 0 || command.p2 != 0) {
        return answered(status::conditions_not_satisfied);
    }
    return {.command = std::nullopt, .response = next_part(answer_size_max_)};
}

/// A command that does not go on with the chain takes its place: after a lost connection somebody
/// else may begin anew, and the standard does not ask for more.
CommandAssembly::Step CommandAssembly::join(CommandApdu command) {
    const bool is_last = (command.cla & piv::cla_chained) == 0;
    if (chain_ && continues(*chain_, command)) {
        append(chain_->data, command.data);
        chain_->expected_size = command.expected_size;
    } else {
        chain_ = std::move(command);
    }
    if (chain_->data.size() > chain_size_max) {
        reset();
        return answered(status::wrong_length);
    }
    if (!is_last) return answered(status::success);
    Step step{.command = std::move(chain_), .response = {}};
    chain_.reset();
    step.command->cla = 0x00;
    return step;
}

ResponseApdu CommandAssembly::respond(ResponseApdu whole) {
    waiting_ = std::move(whole.data);
    waiting_status_word_ = whole.status_word;
    return next_part(answer_size_max_);
}

ResponseApdu CommandAssembly::next_part(std::size_t size_max) {
    if (waiting_.size() <= size_max) {
        ResponseApdu last{.data = std::move(waiting_), .status_word = waiting_status_word_};
        waiting_.clear();
        return last;
    }
    const auto cut = waiting_.begin() + static_cast<Bytes::difference_type>(size_max);
    ResponseApdu part{.data = Bytes(waiting_.begin(), cut), .status_word = 0};
    waiting_.erase(waiting_.begin(), cut);
    const std::size_t rest = std::min(waiting_.size(), short_answer_max);
    part.status_word = static_cast<std::uint16_t>(0x6100 | (rest & 0xFF));
    return part;
}

}  // namespace cardmux::simulation

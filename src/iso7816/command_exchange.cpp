// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "iso7816/command_exchange.h"

#include <algorithm>
#include <utility>

#include "base/secret.h"
#include "iso7816/status_word.h"

namespace cardmux::iso7816 {
namespace {

constexpr std::uint8_t chaining_bit = 0x10;
constexpr std::uint8_t get_response_ins = 0xC0;
constexpr std::size_t chain_block_size = 255;
constexpr std::size_t response_total_max = 65536;
/// Cards send up to 256 bytes a round; one that sends less than half of that for 64 KiB is not
/// honest.
constexpr int get_response_rounds_max = 512;

Error endless_answer() {
    return Error(ErrorCode::CardDataMalformed, "GET RESPONSE");
}

Result<ResponseApdu> transmit_once(ApduChannel& channel, const CommandApdu& command,
                                   LengthForm form) {
    CARDMUX_TRY_ASSIGN(Bytes encoded, encode(command, form));
    const WipedAtEnd wiped_command(encoded);  // it may hold a PIN
    Result<Bytes> answer = channel.transmit(encoded);
    if (!answer.ok()) return answer.error();
    const WipedAtEnd wiped_answer(*answer);  // it may hold a key, or something decrypted
    return parse_response(*answer);
}

/// As append(), but what is outgrown does not stay behind in memory.
void append_and_wipe(Bytes& to, Bytes more) {
    if (to.size() + more.size() > to.capacity()) {
        Bytes grown;
        grown.reserve(2 * (to.size() + more.size()));
        append(grown, to);
        wipe(to);
        to = std::move(grown);
    }
    append(to, more);
    wipe(more);
}

/// Sends one APDU, and once more with the Le that the card asks for (6Cxx).
Result<ResponseApdu> transmit_with_right_size(ApduChannel& channel, const CommandApdu& command,
                                              LengthForm form) {
    CARDMUX_TRY_ASSIGN(ResponseApdu response, transmit_once(channel, command, form));
    const auto size = status::right_size(response.status_word);
    if (!size) return response;
    CommandApdu again = command;
    const WipedAtEnd wiped(again.data);
    again.expected_size = size;
    return transmit_once(channel, again, form);
}

/// The class byte of GET RESPONSE: the command's logical channel, interindustry, nothing else
/// (ISO 7816-4, section 5.1.1). The proprietary classes 80..FF have no channel that we could know.
std::uint8_t class_of_get_response(std::uint8_t cla) {
    if ((cla & 0x80) != 0) return 0x00;
    if ((cla & 0x40) != 0) return static_cast<std::uint8_t>(cla & 0x4f);
    return cla & 0x03;
}

/// Fetches what the card still holds back (61xx) and joins it to `response`.
Result<ResponseApdu> collect(ApduChannel& channel, ResponseApdu response, std::uint8_t cla) {
    CommandApdu get_response;
    get_response.cla = class_of_get_response(cla);
    get_response.ins = get_response_ins;
    for (int round = 0; response.data.size() <= response_total_max; ++round) {
        const auto waiting = status::bytes_waiting(response.status_word);
        if (!waiting) return response;
        if (round == get_response_rounds_max) break;
        get_response.expected_size = waiting;
        Result<ResponseApdu> more =
            transmit_with_right_size(channel, get_response, LengthForm::Short);
        if (!more.ok()) {
            wipe(response.data);
            return more.error();
        }
        append_and_wipe(response.data, std::move(more->data));
        response.status_word = more->status_word;
    }
    wipe(response.data);
    return endless_answer();
}

CommandApdu block_of(const CommandApdu& command, std::size_t begin) {
    const std::size_t size = std::min(chain_block_size, command.data.size() - begin);
    const bool is_last = begin + size == command.data.size();
    CommandApdu block;
    block.cla = is_last ? command.cla : static_cast<std::uint8_t>(command.cla | chaining_bit);
    block.ins = command.ins;
    block.p1 = command.p1;
    block.p2 = command.p2;
    block.data = to_bytes(ByteView(command.data).subspan(begin, size));
    if (is_last) block.expected_size = command.expected_size;
    return block;
}

/// Sends all blocks but the last; stops at the first that the card refuses and returns its answer.
Result<ResponseApdu> transmit_chain(ApduChannel& channel, const CommandApdu& command) {
    std::size_t begin = 0;
    for (;; begin += chain_block_size) {
        const bool is_last = command.data.size() - begin <= chain_block_size;
        CommandApdu block = block_of(command, begin);
        Result<ResponseApdu> response =
            is_last ? transmit_with_right_size(channel, block, LengthForm::Short)
                    : transmit_once(channel, block, LengthForm::Short);
        wipe(block.data);  // it may have held a part of a key
        if (is_last || !response.ok() || !response->ok()) return response;
    }
}

}  // namespace

Result<ResponseApdu> exchange(ApduChannel& channel, const CommandApdu& command, LengthForm form) {
    const bool chained = form == LengthForm::Short && command.data.size() > chain_block_size;
    CARDMUX_TRY_ASSIGN(ResponseApdu first, chained
                                               ? transmit_chain(channel, command)
                                               : transmit_with_right_size(channel, command, form));
    return collect(channel, std::move(first), command.cla);
}

}  // namespace cardmux::iso7816

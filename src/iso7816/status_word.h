// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The two bytes that end each response: names for those that mean something to us (ISO 7816-4,
// section 5.1.3, tables 5 and 6). What a card means by them in one command is the driver's matter.
#pragma once

#include <cstdint>
#include <optional>

namespace cardmux::iso7816::status {

constexpr std::uint16_t success = 0x9000;
constexpr std::uint16_t warning_unchanged = 0x6200;
constexpr std::uint16_t end_of_file_reached = 0x6282;
constexpr std::uint16_t file_deactivated = 0x6283;
constexpr std::uint16_t warning_changed = 0x6300;
constexpr std::uint16_t tries_left_base = 0x63C0;
constexpr std::uint16_t memory_failure = 0x6581;
constexpr std::uint16_t wrong_length = 0x6700;
constexpr std::uint16_t channel_not_supported = 0x6881;
constexpr std::uint16_t secure_messaging_not_supported = 0x6882;
constexpr std::uint16_t last_command_of_chain_expected = 0x6883;
constexpr std::uint16_t chaining_not_supported = 0x6884;
constexpr std::uint16_t security_not_satisfied = 0x6982;
constexpr std::uint16_t authentication_blocked = 0x6983;
constexpr std::uint16_t reference_data_not_usable = 0x6984;
constexpr std::uint16_t conditions_not_satisfied = 0x6985;
constexpr std::uint16_t command_not_allowed = 0x6986;
constexpr std::uint16_t secure_messaging_missing = 0x6987;
constexpr std::uint16_t secure_messaging_incorrect = 0x6988;
constexpr std::uint16_t wrong_data = 0x6A80;
constexpr std::uint16_t function_not_supported = 0x6A81;
constexpr std::uint16_t file_not_found = 0x6A82;
constexpr std::uint16_t memory_full = 0x6A84;
constexpr std::uint16_t wrong_p1_p2 = 0x6A86;
constexpr std::uint16_t reference_data_not_found = 0x6A88;
constexpr std::uint16_t wrong_parameters = 0x6B00;
constexpr std::uint16_t instruction_not_supported = 0x6D00;
constexpr std::uint16_t class_not_supported = 0x6E00;
constexpr std::uint16_t no_precise_diagnosis = 0x6F00;

/// 63Cx: the tries left, 0..15. None for every other word (6300 says "wrong" without a number).
constexpr std::optional<int> tries_left(std::uint16_t word) {
    if ((word & 0xfff0) != tries_left_base) return std::nullopt;
    return word & 0x000f;
}

/// 61xx: how many bytes GET RESPONSE can fetch now, 1..256 (256: that many or more).
constexpr std::optional<std::uint32_t> bytes_waiting(std::uint16_t word) {
    if ((word & 0xff00) != 0x6100) return std::nullopt;
    return (word & 0x00ff) == 0 ? 256U : word & 0x00ffU;
}

/// 6Cxx: the Le with which the command, which was not carried out, would be; 1..256.
constexpr std::optional<std::uint32_t> right_size(std::uint16_t word) {
    if ((word & 0xff00) != 0x6c00) return std::nullopt;
    return (word & 0x00ff) == 0 ? 256U : word & 0x00ffU;
}

/// The card does not know this command (rather than: did not like it).
constexpr bool is_unknown_command(std::uint16_t word) {
    return word == instruction_not_supported || word == class_not_supported ||
           word == function_not_supported;
}

/// The card understood that it is to do something, and says why it will not: 67xx to 6Exx. All
/// others that are not success say that something went wrong, or are no status words at all.
///
/// source    ISO 7816-4, section 5.1.3, table 5, "checking errors"
constexpr bool is_refusal(std::uint16_t word) {
    return word >= wrong_length && word < no_precise_diagnosis;
}

}  // namespace cardmux::iso7816::status

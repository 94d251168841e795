// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Command and response APDUs as values (ISO 7816-4, section 5.1). Pure: bytes in, bytes out.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace cardmux::iso7816 {

/// `expected_size` (Le): none = no answer data wanted; otherwise how many bytes are wanted,
/// `response_size_any` for "as many as there are".
constexpr std::uint32_t response_size_any = 0x10000;

struct CommandApdu {
    std::uint8_t cla = 0;
    std::uint8_t ins = 0;
    std::uint8_t p1 = 0;
    std::uint8_t p2 = 0;
    Bytes data;                                  ///< 0..65535 bytes
    std::optional<std::uint32_t> expected_size;  ///< 1..65536
};

enum class LengthForm : std::uint8_t {
    Short,     ///< Lc up to 255, Le up to 256
    Extended,  ///< Lc up to 65535, Le up to 65536
};

/// Encodes one command. A short command with `expected_size` above 256 asks for 256 (Le 00); an
/// extended one uses extended length fields only if the short ones cannot hold it.
///
/// errors    InvalidArgument: data that do not fit the form, an expected size of 0 or above 65536
Result<Bytes> encode(const CommandApdu& command, LengthForm form);

/// Reads a command of either form, as a card does.
///
/// errors    DataInvalid: shorter than four bytes, or lengths that contradict each other
Result<CommandApdu> parse_command(ByteView bytes);

struct ResponseApdu {
    Bytes data;
    std::uint16_t status_word = 0;
    bool ok() const { return status_word == 0x9000; }
};

/// errors    CardDataMalformed: shorter than the two bytes of the status word
Result<ResponseApdu> parse_response(ByteView bytes);

Bytes encode(const ResponseApdu& response);

}  // namespace cardmux::iso7816

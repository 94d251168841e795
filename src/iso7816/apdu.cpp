// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "iso7816/apdu.h"

#include <utility>

namespace cardmux::iso7816 {
namespace {

constexpr std::size_t header_size = 4;
constexpr std::size_t short_data_max = 255;
constexpr std::uint32_t short_response_max = 256;
constexpr std::size_t extended_data_max = 65535;

std::uint8_t low_byte(std::size_t value) {
    return static_cast<std::uint8_t>(value & 0xff);
}

void append_u16(Bytes& to, std::size_t value) {
    to.push_back(low_byte(value >> 8));
    to.push_back(low_byte(value));
}

std::uint32_t read_u16(ByteView bytes, std::size_t at) {
    return static_cast<std::uint32_t>(bytes[at] << 8 | bytes[at + 1]);
}

void append_short(Bytes& to, const CommandApdu& command) {
    if (!command.data.empty()) to.push_back(low_byte(command.data.size()));
    append(to, command.data);
    if (!command.expected_size) return;
    // 256 and more are the byte 00.
    to.push_back(*command.expected_size >= short_response_max ? std::uint8_t{0}
                                                              : low_byte(*command.expected_size));
}

void append_extended(Bytes& to, const CommandApdu& command) {
    to.push_back(0);
    if (!command.data.empty()) append_u16(to, command.data.size());
    append(to, command.data);
    if (command.expected_size) append_u16(to, *command.expected_size & 0xffff);  // 65536 is 00 00
}

bool fits_short(const CommandApdu& command) {
    return command.data.size() <= short_data_max &&
           command.expected_size.value_or(1) <= short_response_max;
}

Error contradiction() {
    return Error(ErrorCode::DataInvalid, "parse command APDU");
}

/// `body` is what follows the header, two bytes at least, and begins with a byte that is not zero.
Result<CommandApdu> parse_short_body(CommandApdu command, ByteView body) {
    const std::size_t size = body[0];
    if (body.size() != 1 + size && body.size() != 2 + size) return contradiction();
    command.data = to_bytes(body.subspan(1, size));
    if (body.size() == 2 + size) {
        command.expected_size = body.back() == 0 ? short_response_max : body.back();
    }
    return command;
}

std::uint32_t extended_expected_size(ByteView body, std::size_t at) {
    const std::uint32_t value = read_u16(body, at);
    return value == 0 ? response_size_any : value;
}

/// `body` is what follows the header and begins with 00.
Result<CommandApdu> parse_extended_body(CommandApdu command, ByteView body) {
    if (body.size() < 3) return contradiction();
    if (body.size() == 3) {
        command.expected_size = extended_expected_size(body, 1);
        return command;
    }
    const std::size_t size = read_u16(body, 1);
    if (size == 0 || (body.size() != 3 + size && body.size() != 5 + size)) return contradiction();
    command.data = to_bytes(body.subspan(3, size));
    if (body.size() == 5 + size) command.expected_size = extended_expected_size(body, 3 + size);
    return command;
}

}  // namespace

Result<Bytes> encode(const CommandApdu& command, LengthForm form) {
    const std::size_t data_max = form == LengthForm::Short ? short_data_max : extended_data_max;
    const std::uint32_t wanted = command.expected_size.value_or(1);
    if (command.data.size() > data_max || wanted == 0 || wanted > response_size_any) {
        return Error(ErrorCode::InvalidArgument, "encode command APDU");
    }
    Bytes encoded;
    // Reserved in one piece: data may hold a PIN, and growing would leave copies behind.
    encoded.reserve(header_size + 5 + command.data.size());
    encoded.assign({command.cla, command.ins, command.p1, command.p2});
    if (form == LengthForm::Short || fits_short(command)) {
        append_short(encoded, command);
    } else {
        append_extended(encoded, command);
    }
    return encoded;
}

Result<CommandApdu> parse_command(ByteView bytes) {
    if (bytes.size() < header_size) return contradiction();
    CommandApdu command{.cla = bytes[0],
                        .ins = bytes[1],
                        .p1 = bytes[2],
                        .p2 = bytes[3],
                        .data = {},
                        .expected_size = std::nullopt};
    const ByteView body = bytes.subspan(header_size);
    if (body.empty()) return command;
    if (body.size() == 1) {
        command.expected_size = body[0] == 0 ? short_response_max : body[0];
        return command;
    }
    return body[0] == 0 ? parse_extended_body(std::move(command), body)
                        : parse_short_body(std::move(command), body);
}

Result<ResponseApdu> parse_response(ByteView bytes) {
    if (bytes.size() < 2) return Error(ErrorCode::CardDataMalformed, "parse response APDU");
    const std::size_t size = bytes.size() - 2;
    return ResponseApdu{.data = to_bytes(bytes.first(size)),
                        .status_word = static_cast<std::uint16_t>(read_u16(bytes, size))};
}

Bytes encode(const ResponseApdu& response) {
    Bytes encoded = response.data;
    append_u16(encoded, response.status_word);
    return encoded;
}

}  // namespace cardmux::iso7816

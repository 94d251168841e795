// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "drivers/piv/piv_commands.h"

#include <algorithm>

#include "drivers/piv/answer_to_reset.h"
#include "drivers/piv/piv_data_model.h"
#include "iso7816/command_exchange.h"
#include "iso7816/status_word.h"
#include "iso7816/tlv_writer.h"

namespace cardmux::drivers::piv {
namespace {

using iso7816::ApduChannel;
using iso7816::CommandApdu;
using iso7816::LengthForm;
using iso7816::response_size_any;
using iso7816::ResponseApdu;

constexpr std::uint8_t select_by_name = 0x04;
constexpr std::uint8_t get_data_p1 = 0x3F;  // and of PUT DATA
constexpr std::uint8_t get_data_p2 = 0xFF;
constexpr std::uint8_t move_to_nowhere = 0xFF;

/// A short command asks for at most so many bytes at once.
constexpr std::uint32_t short_response_size_max = 256;

Bytes name_of(std::uint32_t object) {
    Bytes name;
    for (int shift = 16; shift >= 0; shift -= 8)
        if (object >> shift != 0) name.push_back(static_cast<std::uint8_t>(object >> shift));
    return name;
}

}  // namespace

PivCommands::PivCommands(ByteView atr)
    : length_form_(offers_extended_length(atr) ? LengthForm::Extended : LengthForm::Short) {}

Result<ResponseApdu> PivCommands::select(ApduChannel& channel, ByteView id) {
    const CommandApdu command{.cla = 0x00,
                              .ins = ins_select,
                              .p1 = select_by_name,
                              .p2 = 0x00,
                              .data = to_bytes(id),
                              .expected_size = short_response_size_max};
    return iso7816::exchange(channel, command, LengthForm::Short);
}

Result<ResponseApdu> PivCommands::get_data(ApduChannel& channel, std::uint32_t object) {
    const Bytes name = name_of(object);
    const CommandApdu command{.cla = 0x00,
                              .ins = ins_get_data,
                              .p1 = get_data_p1,
                              .p2 = get_data_p2,
                              .data = iso7816::TlvWriter().add(tag_object_name, name).take(),
                              .expected_size = response_size_any};
    // Small, and asked often.
    if (object == object_discovery) return iso7816::exchange(channel, command, LengthForm::Short);
    return send_long(channel, command);
}

Result<ResponseApdu> PivCommands::verify_status(ApduChannel& channel, std::uint8_t reference) {
    const CommandApdu command{.cla = 0x00,
                              .ins = ins_verify,
                              .p1 = 0x00,
                              .p2 = reference,
                              .data = {},
                              .expected_size = {}};
    return iso7816::exchange(channel, command, LengthForm::Short);
}

Result<ResponseApdu> PivCommands::verify(ApduChannel& channel, std::uint8_t reference,
                                         const SecretBytes& pin) {
    CommandApdu command{.cla = 0x00,
                        .ins = ins_verify,
                        .p1 = 0x00,
                        .p2 = reference,
                        .data = Bytes(pin_size_max, pin_padding),
                        .expected_size = {}};
    const WipedAtEnd wiped(command.data);
    const std::size_t size = std::min(pin.size(), command.data.size());
    std::copy_n(pin.view().begin(), size, command.data.begin());
    return iso7816::exchange(channel, command, LengthForm::Short);
}

Result<ResponseApdu> PivCommands::reset_authority(ApduChannel& channel, std::uint8_t reference) {
    const CommandApdu command{.cla = 0x00,
                              .ins = ins_verify,
                              .p1 = p1_reset_authority,
                              .p2 = reference,
                              .data = {},
                              .expected_size = {}};
    return iso7816::exchange(channel, command, LengthForm::Short);
}

Result<ResponseApdu> PivCommands::general_authenticate(ApduChannel& channel, std::uint8_t algorithm,
                                                       std::uint8_t key_reference,
                                                       ByteView challenge) {
    iso7816::TlvWriter request;
    request.add(tag_response, {}).add(tag_challenge, challenge);
    const CommandApdu command{
        .cla = 0x00,
        .ins = ins_general_authenticate,
        .p1 = algorithm,
        .p2 = key_reference,
        .data = iso7816::TlvWriter().add(tag_authentication, request.bytes()).take(),
        .expected_size = response_size_any};
    const bool is_elliptic = algorithm == algorithm_p256 || algorithm == algorithm_p384;
    // An elliptic curve's request and answer fit one short command.
    if (is_elliptic) return iso7816::exchange(channel, command, LengthForm::Short);
    return send_long(channel, command);
}

Result<ResponseApdu> PivCommands::agree_on_key(ApduChannel& channel, std::uint8_t algorithm,
                                               std::uint8_t key_reference, ByteView point) {
    iso7816::TlvWriter request;
    request.add(tag_response, {}).add(tag_exponentiation, point);
    const CommandApdu command{
        .cla = 0x00,
        .ins = ins_general_authenticate,
        .p1 = algorithm,
        .p2 = key_reference,
        .data = iso7816::TlvWriter().add(tag_authentication, request.bytes()).take(),
        .expected_size = response_size_any};
    return iso7816::exchange(channel, command, LengthForm::Short);
}

Result<ResponseApdu> PivCommands::authenticate_manager(ApduChannel& channel, std::uint8_t algorithm,
                                                       ByteView content) {
    CommandApdu command{.cla = 0x00,
                        .ins = ins_general_authenticate,
                        .p1 = algorithm,
                        .p2 = management_key,
                        .data = iso7816::TlvWriter().add(tag_authentication, content).take(),
                        .expected_size = response_size_any};
    return iso7816::exchange(channel, command, LengthForm::Short);
}

Result<ResponseApdu> PivCommands::put_data(ApduChannel& channel, std::uint32_t object,
                                           ByteView content) {
    const CommandApdu command{.cla = 0x00,
                              .ins = ins_put_data,
                              .p1 = get_data_p1,
                              .p2 = get_data_p2,
                              .data = iso7816::TlvWriter()
                                          .add(tag_object_name, name_of(object))
                                          .add(tag_object_data, content)
                                          .take(),
                              .expected_size = {}};
    return send_long(channel, command);
}

Result<ResponseApdu> PivCommands::generate_key(ApduChannel& channel, std::uint8_t key_reference,
                                               std::uint8_t algorithm) {
    const Bytes wanted = iso7816::TlvWriter().add_byte(tag_mechanism, algorithm).take();
    const CommandApdu command{.cla = 0x00,
                              .ins = ins_generate_key,
                              .p1 = 0x00,
                              .p2 = key_reference,
                              .data = iso7816::TlvWriter().add(tag_key_template, wanted).take(),
                              .expected_size = response_size_any};
    return send_long(channel, command);
}

Result<ResponseApdu> PivCommands::import_key(ApduChannel& channel, std::uint8_t key_reference,
                                             std::uint8_t algorithm, Bytes content) {
    CommandApdu command{.cla = 0x00,
                        .ins = ins_yubico_import_key,
                        .p1 = algorithm,
                        .p2 = key_reference,
                        .data = std::move(content),
                        .expected_size = {}};
    const WipedAtEnd wiped(command.data);
    return send_long(channel, command);
}

Result<ResponseApdu> PivCommands::delete_key(ApduChannel& channel, std::uint8_t key_reference) {
    const CommandApdu command{.cla = 0x00,
                              .ins = ins_yubico_move_key,
                              .p1 = move_to_nowhere,
                              .p2 = key_reference,
                              .data = {},
                              .expected_size = {}};
    return iso7816::exchange(channel, command, LengthForm::Short);
}

Result<ResponseApdu> PivCommands::yubico(ApduChannel& channel, std::uint8_t ins, std::uint8_t p2) {
    const CommandApdu command{.cla = 0x00,
                              .ins = ins,
                              .p1 = 0x00,
                              .p2 = p2,
                              .data = {},
                              .expected_size = response_size_any};
    return send_long(channel, command);
}

/// Sends a command that is long or whose answer may be. A card that promised extended length and
/// refuses it gets the command again in the short form, which stays if it makes a difference. 6700
/// is about lengths; the others may be, as long as no such command has been understood.
Result<ResponseApdu> PivCommands::send_long(ApduChannel& channel, const CommandApdu& command) {
    namespace status = iso7816::status;
    CARDMUX_TRY_ASSIGN(ResponseApdu response, iso7816::exchange(channel, command, length_form_));
    if (length_form_ == LengthForm::Short) return response;
    const std::uint16_t word = response.status_word;
    const bool is_refused =
        word == status::wrong_length ||
        (!extended_length_worked_ &&
         (word == status::wrong_p1_p2 || word == status::instruction_not_supported));
    if (!is_refused) {
        extended_length_worked_ = true;
        return response;
    }
    CARDMUX_TRY_ASSIGN(ResponseApdu again, iso7816::exchange(channel, command, LengthForm::Short));
    if (again.status_word != word) length_form_ = LengthForm::Short;
    return again;
}

}  // namespace cardmux::drivers::piv

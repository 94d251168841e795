// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "drivers/piv/management/sure_reading.h"

#include "drivers/piv/piv_data_model.h"
#include "iso7816/status_word.h"
#include "iso7816/tlv_reader.h"

namespace cardmux::drivers::piv {
namespace {

namespace status = iso7816::status;
using iso7816::ApduChannel;
using iso7816::ResponseApdu;
using iso7816::TlvReader;

Error refused(std::uint16_t word, const char* operation) {
    const ErrorCode code = word == status::security_not_satisfied ? ErrorCode::SecurityNotSatisfied
                                                                  : ErrorCode::CardRefused;
    return Error(code, operation).with_status_word(word);
}

}  // namespace

Result<std::optional<Bytes>> read_object_surely(PivAccess& access, ApduChannel& channel,
                                                std::uint32_t object) {
    CARDMUX_TRY_ASSIGN(const ResponseApdu response, access.commands().get_data(channel, object));
    if (response.status_word == status::file_not_found) return std::optional<Bytes>();
    if (!response.ok()) return refused(response.status_word, "PIV GET DATA");
    CARDMUX_TRY_ASSIGN(const ByteView inside, TlvReader(response.data).require(tag_object_data));
    return std::optional<Bytes>(to_bytes(inside));
}

Result<ToldOfKey> ask_of_key(PivAccess& access, ApduChannel& channel, std::uint8_t reference) {
    using Answer = ToldOfKey::Answer;
    CARDMUX_TRY_ASSIGN(const bool is_yubico, access.is_yubico(channel));
    if (!is_yubico) return ToldOfKey{};
    CARDMUX_TRY_ASSIGN(ResponseApdu response,
                       access.commands().yubico(channel, ins_yubico_metadata, reference));
    const std::uint16_t word = response.status_word;
    if (response.ok()) return ToldOfKey{Answer::Present, std::move(response.data)};
    if (word == status::reference_data_not_found || word == status::file_not_found)
        return ToldOfKey{Answer::Absent};
    if (!status::is_unknown_command(word)) return refused(word, "PIV GET METADATA");
    // One such word is no proof: a card that knows the command tells of its management key.
    CARDMUX_TRY_ASSIGN(response,
                       access.commands().yubico(channel, ins_yubico_metadata, management_key));
    if (!status::is_unknown_command(response.status_word)) return refused(word, "PIV GET METADATA");
    return ToldOfKey{};
}

}  // namespace cardmux::drivers::piv

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "drivers/piv/management/piv_management.h"

#include <algorithm>

#include "crypto/der.h"
#include "drivers/piv/management/manager_proof.h"
#include "drivers/piv/management/sure_reading.h"
#include "drivers/piv/piv_data_model.h"
#include "drivers/piv/piv_key_operation.h"
#include "drivers/piv/piv_objects.h"
#include "iso7816/status_word.h"
#include "iso7816/tlv_reader.h"

namespace cardmux::drivers::piv {
namespace {

namespace status = iso7816::status;
using iso7816::ApduChannel;
using iso7816::ResponseApdu;
using iso7816::TlvReader;

// Tags of Yubico's IMPORT ASYMMETRIC KEY.
constexpr std::uint8_t tag_import_p = 0x01;
constexpr std::uint8_t tag_import_q = 0x02;
constexpr std::uint8_t tag_import_dp = 0x03;
constexpr std::uint8_t tag_import_dq = 0x04;
constexpr std::uint8_t tag_import_qinv = 0x05;
constexpr std::uint8_t tag_import_scalar = 0x06;
/// A tag and the longest length.
constexpr std::size_t part_overhead = 4;

/// The public exponent that the card takes for granted, since it is not told.
constexpr std::uint8_t import_exponent[] = {0x01, 0x00, 0x01};

/// What a command that writes was refused for. A word that says "no such command or algorithm" is
/// about the card's abilities: nothing has happened.
Error writing_error(std::uint16_t word, const char* operation) {
    ErrorCode code = ErrorCode::CardRefused;
    switch (word) {
        case status::security_not_satisfied:
            code = ErrorCode::SecurityNotSatisfied;
            break;
        case status::memory_full:
            code = ErrorCode::CardFull;
            break;
        case status::function_not_supported:
        case status::instruction_not_supported:
            code = ErrorCode::NotSupported;
            break;
        default:
            break;
    }
    return Error(code, operation).with_status_word(word);
}

/// The same for commands that name an algorithm: cards refuse those that they do not know by
/// "wrong data" (SP 800-73-4 part 2, 3.3.2) or "wrong P1".
Error algorithm_error(std::uint16_t word, const char* operation) {
    if (word == status::wrong_data || word == status::wrong_p1_p2)
        return Error(ErrorCode::NotSupported, operation).with_status_word(word);
    return writing_error(word, operation);
}

/// The parts one behind the other, in one piece of memory: growing would leave copies behind.
Bytes join_parts(std::initializer_list<std::pair<std::uint8_t, const SecretBytes*>> parts) {
    std::size_t size = 0;
    for (const auto& [tag, part] : parts) size += part_overhead + part->size();
    Bytes joined;
    joined.reserve(size);
    for (const auto& [tag, part] : parts) crypto::der::append_element(joined, tag, part->view());
    return joined;
}

Result<Bytes> import_data(const crypto::PrivateKey& key) {
    const Error wrong(ErrorCode::DataInvalid, "import a key");
    if (const auto* elliptic = std::get_if<crypto::EcPrivateKey>(&key)) {
        if (elliptic->scalar.size() != crypto::field_size(elliptic->public_key.curve)) return wrong;
        return join_parts({{tag_import_scalar, &elliptic->scalar}});
    }
    const auto& rsa = std::get<crypto::RsaPrivateKey>(key);
    if (!equal(rsa.public_key.exponent, import_exponent))
        return Error(ErrorCode::NotSupported, "import a key with another exponent than 65537");
    for (const SecretBytes* part : {&rsa.p, &rsa.q, &rsa.dp, &rsa.dq, &rsa.qinv})
        if (part->size() * 2 != rsa.public_key.modulus.size()) return wrong;
    return join_parts({{tag_import_p, &rsa.p},
                       {tag_import_q, &rsa.q},
                       {tag_import_dp, &rsa.dp},
                       {tag_import_dq, &rsa.dq},
                       {tag_import_qinv, &rsa.qinv}});
}

}  // namespace

// ---- authority ----------------------------------------------------------------------------------

/// Selects another application, and PIV again. Which one the card has, and forgets the PIN by, is
/// found once: then a card that tells nothing of the PIN is not believed.
Result<void> PivManagement::leave_and_return(ApduChannel& channel) {
    for (; other_application_ < other_applications.size(); ++other_application_) {
        CARDMUX_TRY_ASSIGN(
            const ResponseApdu answer,
            access_.commands().select(channel, other_applications[other_application_].view()));
        if (!answer.ok()) continue;
        CARDMUX_TRY_ASSIGN(const bool selected, access_.select_piv(channel));
        if (!selected) return Error(ErrorCode::CardNotRecognized, "PIV SELECT");
        // What was forgotten of the PIN was forgotten of the manager.
        CARDMUX_TRY_ASSIGN(const std::optional<PinStatus> after, access_.ask_pin_status(channel));
        if (after ? !after->verified : way_back_is_known_) return success();
    }
    return Error(ErrorCode::NotSupported, "take the authority to write off the card");
}

Result<void> PivManagement::find_way_back(ApduChannel& channel) {
    CARDMUX_TRY_ASSIGN(const std::optional<PinStatus> before, access_.ask_pin_status(channel));
    if (!before || !before->verified)
        return Error(ErrorCode::NotSupported, "see whether the card forgets a PIN");
    CARDMUX_TRY(leave_and_return(channel));
    way_back_is_known_ = true;
    return success();
}

Result<void> PivManagement::drop_authority(ApduChannel& channel) {
    return leave_and_return(channel);
}

Result<void> PivManagement::authenticate(ApduChannel& channel, const SecretBytes* key,
                                         RandomSource& random) {
    return prove_manager(access_, channel, key, random);
}

// ---- places -------------------------------------------------------------------------------------

bool PivManagement::is_place(std::uint8_t reference) const {
    if (is_retired_key(reference)) return keeps_names();  // we find them by our notes only
    return slot_of(reference).has_value();
}

std::vector<std::uint8_t> PivManagement::places_for(KeyPurpose purpose) const {
    std::vector<std::uint8_t> places;
    switch (purpose) {
        case KeyPurpose::Signature:
            places = {signature_key};
            break;
        case KeyPurpose::KeyExchange:
            places = {authentication_key, key_management_key};
            break;
        case KeyPurpose::KeyAgreement:
            places = {key_management_key};
            break;
    }
    for (std::uint8_t retired = retired_key_first; retired <= retired_key_last; ++retired)
        if (is_place(retired)) places.push_back(retired);
    return places;
}

/// An object that is there and cannot be understood counts: it is somebody's.
Result<bool> PivManagement::has_certificate(ApduChannel& channel, std::uint32_t object) {
    CARDMUX_TRY_ASSIGN(const ResponseApdu response, access_.commands().get_data(channel, object));
    if (response.status_word == status::file_not_found) return false;
    if (!response.ok()) return true;
    const auto inside = TlvReader(response.data).require(tag_object_data);
    if (!inside) return true;
    const auto der = parse_certificate_object(*inside);
    return !der || der->has_value();
}

/// Whether there is a key, other than one that we have discarded. Where the card does not tell, our
/// own note does: whatever has one and was not discarded is taken.
Result<bool> PivManagement::has_key(ApduChannel& channel, std::uint8_t reference) {
    CARDMUX_TRY_ASSIGN(const ToldOfKey told, ask_of_key(access_, channel, reference));
    if (told.answer == ToldOfKey::Answer::Absent) return false;
    CARDMUX_TRY_ASSIGN(const std::vector<PlaceNote> notes, read_notes_surely(channel));
    const auto note = std::ranges::find(notes, reference, &PlaceNote::key_reference);
    const bool is_discarded = note != notes.end() && !note->discarded_key.empty();
    if (told.answer == ToldOfKey::Answer::Nothing) return note != notes.end() && !is_discarded;
    if (!is_discarded) return true;
    const auto parsed = parse_metadata(told.metadata);
    if (!parsed) return true;  // of a kind that we do not know
    const auto print = print_of(parsed->public_key);
    return !print || *print != note->discarded_key;
}

Result<bool> PivManagement::is_free(ApduChannel& channel, std::uint8_t reference) {
    const auto slot = slot_of(reference);
    if (!slot) return false;
    CARDMUX_TRY_ASSIGN(const bool certified, has_certificate(channel, slot->certificate_object));
    if (certified) return false;
    CARDMUX_TRY_ASSIGN(const bool taken, has_key(channel, reference));
    return !taken;
}

CardKey PivManagement::key_in_place(std::uint8_t reference, crypto::PublicKey public_key) const {
    return key_in(slot_of(reference).value_or(slots[0]), std::move(public_key));
}

Result<bool> PivManagement::shows_keys(ApduChannel& channel) {
    CARDMUX_TRY_ASSIGN(const ToldOfKey told, ask_of_key(access_, channel, management_key));
    return told.answer == ToldOfKey::Answer::Present;
}

Result<bool> PivManagement::takes_keys(ApduChannel& channel) {
    return access_.is_yubico(channel);
}

// ---- keys ---------------------------------------------------------------------------------------

Result<crypto::PublicKey> PivManagement::generate_key(ApduChannel& channel, std::uint8_t reference,
                                                      const crypto::KeyKind& kind) {
    CARDMUX_TRY_ASSIGN(const std::uint8_t algorithm, algorithm_of(kind));
    CARDMUX_TRY_ASSIGN(const ResponseApdu response,
                       access_.commands().generate_key(channel, reference, algorithm));
    if (!response.ok())
        return algorithm_error(response.status_word, "PIV GENERATE ASYMMETRIC KEY PAIR");
    CARDMUX_TRY_ASSIGN(const ByteView content, TlvReader(response.data).require(tag_public_key));
    return parse_public_key(algorithm, content);
}

Result<void> PivManagement::import_key(ApduChannel& channel, std::uint8_t reference,
                                       const crypto::PrivateKey& key) {
    CARDMUX_TRY_ASSIGN(const std::uint8_t algorithm,
                       algorithm_of(crypto::kind_of(crypto::public_key_of(key))));
    CARDMUX_TRY_ASSIGN(Bytes data, import_data(key));
    CARDMUX_TRY_ASSIGN(
        const ResponseApdu response,
        access_.commands().import_key(channel, reference, algorithm, std::move(data)));
    if (!response.ok()) return algorithm_error(response.status_word, "PIV IMPORT ASYMMETRIC KEY");
    return success();
}

/// A new key that nobody knows in place of the old one, and a note that it is none.
Result<void> PivManagement::overwrite_key(ApduChannel& channel, std::uint8_t reference) {
    CARDMUX_TRY_ASSIGN(const crypto::PublicKey nobodys,
                       generate_key(channel, reference, crypto::Curve::P256));
    CARDMUX_TRY_ASSIGN(Bytes print, print_of(nobodys));
    return replace_note(channel, reference, PlaceNote{reference, {}, std::move(print)});
}

Result<void> PivManagement::delete_key(ApduChannel& channel, std::uint8_t reference) {
    CARDMUX_TRY_ASSIGN(const bool is_yubico, access_.is_yubico(channel));
    if (!is_yubico) return success();
    CARDMUX_TRY_ASSIGN(const ResponseApdu response,
                       access_.commands().delete_key(channel, reference));
    const bool is_gone = response.ok() || response.status_word == status::reference_data_not_found;
    if (is_gone) return replace_note(channel, reference, std::nullopt);
    if (!status::is_unknown_command(response.status_word))
        return writing_error(response.status_word, "PIV DELETE KEY");
    CARDMUX_TRY_ASSIGN(const ToldOfKey told, ask_of_key(access_, channel, reference));
    if (told.answer == ToldOfKey::Answer::Present) return overwrite_key(channel, reference);
    return replace_note(channel, reference, std::nullopt);
}

// ---- objects ------------------------------------------------------------------------------------

Result<void> PivManagement::write_object(ApduChannel& channel, std::uint32_t object,
                                         ByteView content) {
    CARDMUX_TRY_ASSIGN(const ResponseApdu response,
                       access_.commands().put_data(channel, object, content));
    if (!response.ok()) return writing_error(response.status_word, "PIV PUT DATA");
    return success();
}

Result<void> PivManagement::write_certificate(ApduChannel& channel, std::uint8_t reference,
                                              ByteView der) {
    const auto slot = slot_of(reference);
    if (!slot) return Error(ErrorCode::InvalidArgument, "PIV PUT DATA");
    return write_object(channel, slot->certificate_object, certificate_object(der));
}

Result<std::vector<PlaceNote>> PivManagement::read_notes(ApduChannel& channel) {
    if (!keeps_names()) return std::vector<PlaceNote>();
    CARDMUX_TRY_ASSIGN(const std::optional<Bytes> data,
                       access_.read_object(channel, object_container_names));
    return parse_place_notes(data.value_or(Bytes()));
}

/// The same for who writes them back: what cannot be read now would be lost.
Result<std::vector<PlaceNote>> PivManagement::read_notes_surely(ApduChannel& channel) {
    if (!keeps_names()) return std::vector<PlaceNote>();
    CARDMUX_TRY_ASSIGN(const std::optional<Bytes> data,
                       read_object_surely(access_, channel, object_container_names));
    return parse_place_notes(data.value_or(Bytes()));
}

/// Puts `note` in place of the one that is there of this place; none: only takes that away.
Result<void> PivManagement::replace_note(ApduChannel& channel, std::uint8_t reference,
                                         const std::optional<PlaceNote>& note) {
    if (!keeps_names()) return success();
    CARDMUX_TRY_ASSIGN(std::vector<PlaceNote> notes, read_notes_surely(channel));
    const std::vector<PlaceNote> before = notes;
    std::erase_if(notes, [&](const PlaceNote& other) { return other.key_reference == reference; });
    if (note) notes.push_back(*note);
    if (notes == before) return success();
    return write_object(channel, object_container_names, encode_place_notes(notes));
}

/// A place that is always read needs no note to be found.
Result<void> PivManagement::write_name(ApduChannel& channel, std::uint8_t reference,
                                       const std::string& name) {
    if (name.empty() && !is_retired_key(reference))
        return replace_note(channel, reference, std::nullopt);
    return replace_note(channel, reference, PlaceNote{reference, name, {}});
}

}  // namespace cardmux::drivers::piv

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "drivers/piv/management/place_notes.h"

#include "crypto/hash.h"
#include "iso7816/tlv_reader.h"
#include "iso7816/tlv_writer.h"

namespace cardmux::drivers::piv {
namespace {

using iso7816::Tlv;
using iso7816::TlvReader;
using iso7816::TlvWriter;

constexpr std::uint32_t tag_note = 0x80;
constexpr std::uint32_t tag_reference = 0x81;
constexpr std::uint32_t tag_name = 0x82;
constexpr std::uint32_t tag_discarded = 0x83;
constexpr std::size_t print_size = 8;
/// More than all the places of a card.
constexpr std::size_t notes_max = 64;

std::optional<PlaceNote> parse_note(ByteView data) {
    const TlvReader reader(data);
    const auto reference = reader.require(tag_reference);
    const auto name = reader.find(tag_name);
    const auto discarded = reader.find(tag_discarded);
    if (!reference || reference->size() != 1 || !name || !discarded) return std::nullopt;
    PlaceNote note{.key_reference = (*reference)[0]};
    if (*name) note.name.assign((*name)->value.begin(), (*name)->value.end());
    if (*discarded) note.discarded_key = to_bytes((*discarded)->value);
    return note;
}

}  // namespace

std::vector<PlaceNote> parse_place_notes(ByteView data) {
    std::vector<PlaceNote> notes;
    TlvReader reader(data);
    while (notes.size() < notes_max) {
        const auto object = reader.next();
        if (!object || !*object) break;
        if ((*object)->tag != tag_note) continue;
        if (auto note = parse_note((*object)->value)) notes.push_back(*std::move(note));
    }
    return notes;
}

Bytes encode_place_notes(const std::vector<PlaceNote>& notes) {
    TlvWriter writer;
    for (const PlaceNote& note : notes) {
        TlvWriter inner;
        inner.add_byte(tag_reference, note.key_reference).add(tag_name, bytes_of(note.name));
        if (!note.discarded_key.empty()) inner.add(tag_discarded, note.discarded_key);
        writer.add(tag_note, inner.bytes());
    }
    return writer.take();
}

Result<Bytes> print_of(const crypto::PublicKey& key) {
    CARDMUX_TRY_ASSIGN(const Bytes info, crypto::encode_public_key_info(key));
    CARDMUX_TRY_ASSIGN(Bytes print, crypto::hash(crypto::HashAlgorithm::Sha256, info));
    print.resize(print_size);
    return print;
}

}  // namespace cardmux::drivers::piv

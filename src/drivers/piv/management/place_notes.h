// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Our own object on Yubico's cards (5F434D): what we note of the places for keys, since the card
// has no room for a name beside a key and does not list the keys that it has. Pure.
//
//   object = { note }        note = 80 L { 81 01 reference, 82 L name [, 83 08 key] }
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "crypto/public_key.h"

namespace cardmux::drivers::piv {

struct PlaceNote {
    std::uint8_t key_reference = 0;
    std::string name{};     ///< UTF-8; empty: the derived one
    Bytes discarded_key{};  ///< print_of the key that is there and counts as none; empty: none is
    bool operator==(const PlaceNote&) const = default;
};

/// What cannot be read is left out: the notes are nobody's word.
std::vector<PlaceNote> parse_place_notes(ByteView data);

Bytes encode_place_notes(const std::vector<PlaceNote>& notes);

/// Tells a key from others: eight bytes of the SHA-256 of its SubjectPublicKeyInfo.
///
/// errors    DataInvalid; Internal, SystemFailed
Result<Bytes> print_of(const crypto::PublicKey& key);

}  // namespace cardmux::drivers::piv

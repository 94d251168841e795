// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Containers: the keys of a card as Windows programs know them. One container holds one key and its
// certificate. Its name is the one that the card keeps, or derived from the card and the key, so
// that it is the same in every process and after every insertion, and no two cards have the same.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "provider/provider.h"

namespace cardmux::container {

/// Values as AT_KEYEXCHANGE and AT_SIGNATURE (wincrypt.h). A key for signatures only is
/// Signature; all others, which may sign as well, are KeyExchange.
enum class KeySpec : std::uint8_t { KeyExchange = 1, Signature = 2 };

struct Container {
    std::string name;  ///< container_name_max characters at most, UTF-8
    KeySpec key_spec = KeySpec::KeyExchange;
    bool is_default = false;  ///< on PIV cards: 9A, else the first
    std::uint8_t key_reference = 0;
};

/// In the order of the card's keys; at most one is the default, the first that can be.
std::vector<Container> containers_of(const token::TokenContents& contents);

/// The one place of a card where a key is of this kind; none: every other is.
std::optional<std::uint8_t> place_of(KeySpec spec);

/// Sixteen bytes that tell this card from others: its own id if it has that size (a GUID), else
/// made from it.
Bytes guid_of(const drivers::CardIdentity& identity);

/// A card, in the reader where it was found.
struct CardInReader {
    provider::SlotId slot = 0;
    std::string reader;
    std::shared_ptr<token::Token> token;
    std::shared_ptr<const token::TokenContents> contents;
};

/// The place on this card that a derived name means, whether or not there is a key in it.
std::optional<std::uint8_t> place_named(const drivers::CardIdentity& identity,
                                        const std::string& name);

/// A card that is there, but that others kept from being looked at.
struct LeftOut {
    provider::SlotId slot = 0;
    Error error;
};

/// The cards that are there, as far as they could be looked at.
struct CardsThere {
    std::vector<CardInReader> cards;  ///< in the order of the slots; one at least
    std::optional<LeftOut> left_out;  ///< the first that could not be looked at
};

/// The first card.
///
/// errors    of the card that was left out, if it comes before all others
Result<CardInReader> first_card(const CardsThere& there);

/// The card that a new container goes to: the one whose place the name means; else the first that
/// has a free place and, unless the name is empty, keeps names; else the first, which will say why
/// it takes none.
///
/// errors    of the card that was left out: it might have been this one
Result<CardInReader> card_for_new_container(const CardsThere& there, const std::string& name);

/// A container that was found. Stays valid, as a value, whatever becomes of the card.
struct FoundContainer {
    CardInReader card;
    Container container;

    const token::TokenKey& key() const { return *card.contents->find_key(container.key_reference); }
    /// Null if the key has none.
    const token::TokenCertificate* certificate() const;
};

}  // namespace cardmux::container

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What an application says of a key that it wants on a card: Token::create_key().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "crypto/private_key.h"
#include "drivers/card_driver.h"

namespace cardmux::token {

using drivers::KeyPurpose;

struct NewKey {
    /// The card's own number of the place, e.g. 0x9A. None: a free one that fits the purpose; with
    /// `replace` the place of the key that has this name, if there is one.
    std::optional<std::uint8_t> key_reference{};
    KeyPurpose purpose = KeyPurpose::KeyExchange;
    /// A kind: the card makes the key. A key: it is imported; an EC key without a point gets the
    /// one that the card computes, where it shows keys that have no certificate.
    std::variant<crypto::KeyKind, crypto::PrivateKey> source{};
    /// UTF-8, 39 characters at most, no backslash. Empty: the name derived from card and place.
    std::string container_name{};
    /// Whether a key as it would be in a place (its uses, when it asks for the PIN) is what the
    /// caller wants: places where it is not are passed over. Called on the card's owner thread;
    /// looks at nothing but what it is given. None: any place will do.
    std::function<bool(const drivers::CardKey&)> fits{};
    /// Whether a key that is in this place may be overwritten, with its certificate and name.
    bool replace = false;
};

}  // namespace cardmux::token

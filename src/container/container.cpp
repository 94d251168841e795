// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "container/container.h"

#include <algorithm>

#include "token/derived_name.h"

namespace cardmux::container {
namespace {

constexpr std::uint8_t digital_signature_key = 0x9C;  // NIST SP 800-73-4 part 1, table 4b

std::string derived_name(const token::TokenContents& contents, const token::TokenKey& key) {
    return token::derived_container_name(contents.identity, key.key.reference);
}

/// The name stored on the card, if it can be one and no other key has it; else the derived one.
std::string name_of(const token::TokenContents& contents, const token::TokenKey& key) {
    const std::string& stored = key.container_name;
    const auto has_it_too = [&](const token::TokenKey& other) {
        return &other != &key &&
               (token::is_same_container_name(stored, other.container_name) ||
                token::is_same_container_name(stored, derived_name(contents, other)));
    };
    const bool counts =
        token::can_be_container_name(stored) && std::ranges::none_of(contents.keys, has_it_too);
    return counts ? stored : derived_name(contents, key);
}

}  // namespace

Bytes guid_of(const drivers::CardIdentity& identity) {
    return token::guid_of(identity);
}

std::optional<std::uint8_t> place_of(KeySpec spec) {
    if (spec == KeySpec::Signature) return digital_signature_key;
    return std::nullopt;
}

std::vector<Container> containers_of(const token::TokenContents& contents) {
    std::vector<Container> containers;
    for (const token::TokenKey& key : contents.keys) {
        Container container;
        container.name = name_of(contents, key);
        container.key_reference = key.key.reference;
        if (key.key.reference == digital_signature_key) container.key_spec = KeySpec::Signature;
        containers.push_back(std::move(container));
    }
    if (!containers.empty()) containers.front().is_default = true;
    return containers;
}

std::optional<std::uint8_t> place_named(const drivers::CardIdentity& identity,
                                        const std::string& name) {
    for (unsigned place = 0; place <= UINT8_MAX; ++place) {
        const auto reference = static_cast<std::uint8_t>(place);
        if (token::is_same_container_name(token::derived_container_name(identity, reference), name))
            return reference;
    }
    return std::nullopt;
}

Result<CardInReader> first_card(const CardsThere& there) {
    const CardInReader& first = there.cards.front();
    if (there.left_out && there.left_out->slot < first.slot) return there.left_out->error;
    return first;
}

Result<CardInReader> card_for_new_container(const CardsThere& there, const std::string& name) {
    const auto is_meant = [&](const CardInReader& card) {
        return place_named(card.contents->identity, name).has_value();
    };
    const auto takes_one = [&](const CardInReader& card) {
        return !card.contents->free_places.empty() && (name.empty() || card.contents->keeps_names);
    };
    const auto& cards = there.cards;
    if (const auto meant = std::ranges::find_if(cards, is_meant); meant != cards.end())
        return *meant;
    const auto found = std::ranges::find_if(cards, takes_one);
    if (there.left_out && (found == cards.end() || there.left_out->slot < found->slot))
        return there.left_out->error;
    return found == cards.end() ? cards.front() : *found;
}

const token::TokenCertificate* FoundContainer::certificate() const {
    const auto& certificates = card.contents->certificates;
    const auto found = std::ranges::find(certificates, container.key_reference,
                                         &token::TokenCertificate::key_reference);
    return found == certificates.end() ? nullptr : &*found;
}

}  // namespace cardmux::container

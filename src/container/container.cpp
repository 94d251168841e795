// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "container/container.h"

#include <algorithm>

#include "crypto/hash.h"

namespace cardmux::container {
namespace {

constexpr std::size_t guid_size = 16;  // in hexadecimal it fits a name, with "piv-9a-" before it
constexpr std::uint8_t digital_signature_key = 0x9C;  // NIST SP 800-73-4 part 1, table 4b

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

std::string name_of(const drivers::CardIdentity& identity, std::uint8_t key_reference) {
    return lower(identity.driver + "-" + to_hex(Bytes{key_reference}) + "-" +
                 to_hex(guid_of(identity)));
}

}  // namespace

Bytes guid_of(const drivers::CardIdentity& identity) {
    if (identity.unique_id.size() == guid_size) return identity.unique_id;
    Bytes id = crypto::hash(crypto::HashAlgorithm::Sha256, identity.unique_id).value_or({});
    id.resize(guid_size);
    return id;
}

std::vector<Container> containers_of(const token::TokenContents& contents) {
    std::vector<Container> containers;
    for (const token::TokenKey& key : contents.keys) {
        Container container;
        container.name = name_of(contents.identity, key.key.reference);
        container.key_reference = key.key.reference;
        if (key.key.reference == digital_signature_key) container.key_spec = KeySpec::Signature;
        containers.push_back(std::move(container));
    }
    if (!containers.empty()) containers.front().is_default = true;
    return containers;
}

const token::TokenCertificate* FoundContainer::certificate() const {
    const auto& certificates = card.contents->certificates;
    const auto found = std::ranges::find(certificates, container.key_reference,
                                         &token::TokenCertificate::key_reference);
    return found == certificates.end() ? nullptr : &*found;
}

}  // namespace cardmux::container

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "token/derived_name.h"

#include <algorithm>

#include "base/utf8.h"
#include "crypto/hash.h"

namespace cardmux::token {
namespace {

constexpr std::size_t guid_size = 16;  // in hexadecimal it fits a name, with "piv-9a-" before it

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

Bytes guid_of(const drivers::CardIdentity& identity) {
    if (identity.unique_id.size() == guid_size) return identity.unique_id;
    Bytes id = crypto::hash(crypto::HashAlgorithm::Sha256, identity.unique_id).value_or({});
    id.resize(guid_size);
    return id;
}

std::string derived_container_name(const drivers::CardIdentity& identity,
                                   std::uint8_t key_reference) {
    std::string name =
        identity.driver + "-" + to_hex(Bytes{key_reference}) + "-" + to_hex(guid_of(identity));
    std::ranges::transform(name, name.begin(), lower);
    return name;
}

bool can_be_container_name(std::string_view name) {
    if (name.empty() || name.find('\\') != name.npos || name.find('\0') != name.npos) return false;
    std::size_t characters = 0;
    while (!name.empty()) {
        const std::size_t size = utf8::first_size(bytes_of(name));
        if (size == 0) return false;
        name.remove_prefix(size);
        ++characters;
    }
    return characters <= container_name_max;
}

bool is_same_container_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace cardmux::token

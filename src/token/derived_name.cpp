// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "token/derived_name.h"

#include <algorithm>

#include "crypto/hash.h"

namespace cardmux::token {
namespace {

constexpr std::size_t guid_size = 16;  // in hexadecimal it fits a name, with "piv-9a-" before it

/// The length of the character of UTF-8 at the start of `text`, 1..4; 0 if there is none. Not those
/// that are too long, surrogates, or beyond U+10FFFF (RFC 3629, section 4).
std::size_t character_size(std::string_view text) {
    const auto byte = [&](std::size_t at) {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t size = first < 0xC2 || first > 0xF4 ? 0
                             : first < 0xE0               ? 2
                             : first < 0xF0               ? 3
                                                          : 4;
    for (std::size_t at = 1; at < size; ++at)
        if ((byte(at) & 0xC0) != 0x80) return 0;
    const bool is_too_long = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
    const bool is_surrogate = first == 0xED && byte(1) >= 0xA0;
    const bool is_too_large = first == 0xF4 && byte(1) >= 0x90;
    return is_too_long || is_surrogate || is_too_large ? 0 : size;
}

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
        const std::size_t size = character_size(name);
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

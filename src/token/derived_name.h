// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Names of containers: the one that every key has by itself, and what a name may look like.
#pragma once

#include <string>

#include "drivers/card_driver.h"

namespace cardmux::token {

/// The longest container name, in characters (the minidriver's map file holds 40 with the
/// terminator).
constexpr std::size_t container_name_max = 39;

/// Sixteen bytes that tell this card from others: its own id if it has that size (a GUID), else
/// made from it.
Bytes guid_of(const drivers::CardIdentity& identity);

/// "piv-9a-" and the card's GUID in hexadecimal: the same in every process and after every
/// insertion, and no two cards have the same one.
std::string derived_container_name(const drivers::CardIdentity& identity,
                                   std::uint8_t key_reference);

/// One to container_name_max characters of UTF-8, no backslash (it separates readers), no zero.
bool can_be_container_name(std::string_view name);

/// As Windows compares them: without regard to case, of ASCII letters.
bool is_same_container_name(std::string_view a, std::string_view b);

}  // namespace cardmux::token

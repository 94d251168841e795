// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// How people name a key: PIV's own short names (9a), or a PKCS #11 URI.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "tool/pkcs11_uri.h"

namespace cardmux::tool {

/// CKA_ID of a PIV key: 01 for 9A, 02 for 9C, 03 for 9D, 04 for 9E, 05.. for 82.. Empty: no such
/// key.
Bytes id_of_piv_key(std::uint8_t reference);

/// "9a"
std::string short_name_of(std::uint8_t reference);

/// Reads "9a", "9A", "82" or "pkcs11:..."; a short name becomes a URI with just its id.
///
/// errors    InvalidArgument; `problem` says what is wrong
Result<Pkcs11Uri> parse_key_name(std::string_view text, std::string& problem);

/// For a command that uses objects of these types: a URI that names none, or one of them.
///
/// errors    InvalidArgument; `problem` says what is wrong
Result<Pkcs11Uri> parse_key_name(std::string_view text,
                                 std::initializer_list<std::string_view> types,
                                 std::string& problem);

}  // namespace cardmux::tool

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// PKCS #11 URIs (RFC 7512): names of tokens, keys and certificates that programs agree on. Strict:
// what the RFC does not allow is refused, so that a misspelt name never means another key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace cardmux::tool {

/// Empty or absent: any. Text is UTF-8, decoded.
struct Pkcs11Uri {
    std::string token;
    std::string manufacturer;
    std::string serial;
    std::string model;
    std::string object;
    std::string type;  ///< "private", "public", "cert", "data" or "secret-key"
    std::optional<Bytes> id;
    std::optional<std::uint64_t> slot_id;
    std::string slot_description;
    std::string slot_manufacturer;
    std::string library_manufacturer;
    std::string library_description;
    std::string library_version;  ///< "major.minor"
    std::string pin_source;
    std::string module_path;
    bool operator==(const Pkcs11Uri&) const = default;
};

/// errors    InvalidArgument; `problem` then says what is wrong, in words for the user
Result<Pkcs11Uri> parse_pkcs11_uri(std::string_view text, std::string& problem);

/// The attributes that are not empty, in the order of the RFC's table.
std::string to_string(const Pkcs11Uri& uri);

}  // namespace cardmux::tool

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Whether a token or a key is what a PKCS #11 URI asks for (RFC 7512, 2.5): every attribute of the
// URI must be the token's, else another card would be used than the one that was named. One rule
// for our own cards and for any module's.
#pragma once

#include "tool/pkcs11_uri.h"

namespace cardmux::tool {

/// What a token, its slot and its library call themselves in PKCS#11, without the padding.
struct TokenNames {
    std::string token;
    std::string manufacturer;
    std::string serial;
    std::string model;
    std::uint64_t slot_id = 0;
    std::string slot_description;
    std::string slot_manufacturer;
    std::string library_manufacturer;
    std::string library_description;
    std::string library_version;  ///< "0.1"
};

/// The first attribute of the URI that the token has otherwise, e.g. "slot-id". Null: it fits.
const char* differing_attribute(const Pkcs11Uri& uri, const TokenNames& names);

/// Whether the URI names an object, or just a token.
bool names_an_object(const Pkcs11Uri& uri);

/// Whether an object with this id and label is the one, whatever its type.
bool object_fits(const Pkcs11Uri& uri, const Bytes& id, std::string_view label);

}  // namespace cardmux::tool

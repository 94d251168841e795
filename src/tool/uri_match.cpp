// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/uri_match.h"

namespace cardmux::tool {
namespace {

bool fits(std::string_view wanted, std::string_view is) {
    return wanted.empty() || wanted == is;
}

}  // namespace

const char* differing_attribute(const Pkcs11Uri& uri, const TokenNames& names) {
    struct Pair {
        const char* attribute;
        const std::string& wanted;
        const std::string& is;
    };
    const Pair pairs[] = {
        {"token", uri.token, names.token},
        {"manufacturer", uri.manufacturer, names.manufacturer},
        {"serial", uri.serial, names.serial},
        {"model", uri.model, names.model},
        {"slot-description", uri.slot_description, names.slot_description},
        {"slot-manufacturer", uri.slot_manufacturer, names.slot_manufacturer},
        {"library-manufacturer", uri.library_manufacturer, names.library_manufacturer},
        {"library-description", uri.library_description, names.library_description},
        {"library-version", uri.library_version, names.library_version},
    };
    for (const auto& [attribute, wanted, is] : pairs)
        if (!fits(wanted, is)) return attribute;
    return uri.slot_id && *uri.slot_id != names.slot_id ? "slot-id" : nullptr;
}

bool names_an_object(const Pkcs11Uri& uri) {
    return uri.id.has_value() || !uri.object.empty();
}

bool object_fits(const Pkcs11Uri& uri, const Bytes& id, std::string_view label) {
    return (!uri.id || *uri.id == id) && fits(uri.object, label);
}

}  // namespace cardmux::tool

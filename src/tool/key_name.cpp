// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/key_name.h"

#include <fmt/format.h>

#include <algorithm>

namespace cardmux::tool {
namespace {

// SP 800-73-4 part 1, table 4b: the retired keys.
constexpr std::uint8_t first_retired = 0x82;
constexpr std::uint8_t last_retired = 0x95;

}  // namespace

Bytes id_of_piv_key(std::uint8_t reference) {
    switch (reference) {
        case 0x9A:
            return {1};
        case 0x9C:
            return {2};
        case 0x9D:
            return {3};
        case 0x9E:
            return {4};
        default:
            break;
    }
    if (reference < first_retired || reference > last_retired) return {};
    return {static_cast<std::uint8_t>(reference - first_retired + 5)};
}

std::string short_name_of(std::uint8_t reference) {
    return fmt::format("{:02x}", reference);
}

Result<Pkcs11Uri> parse_key_name(std::string_view text, std::string& problem) {
    if (text.substr(0, 7) == "pkcs11:") return parse_pkcs11_uri(text, problem);
    const auto bytes = from_hex(text);
    if (bytes && bytes->size() == 1 && text.size() == 2) {
        Pkcs11Uri uri;
        uri.id = id_of_piv_key(bytes->front());
        if (!uri.id->empty()) return uri;
    }
    problem = fmt::format(
        "\"{}\" names no key: use 9a, 9c, 9d, 9e, 82..95, or a PKCS #11 URI as `cardmux list` "
        "shows",
        text);
    return Error(ErrorCode::InvalidArgument, "read a key's name");
}

Result<Pkcs11Uri> parse_key_name(std::string_view text,
                                 std::initializer_list<std::string_view> types,
                                 std::string& problem) {
    CARDMUX_TRY_ASSIGN(Pkcs11Uri uri, parse_key_name(text, problem));
    if (uri.type.empty() || std::find(types.begin(), types.end(), uri.type) != types.end())
        return uri;
    problem = fmt::format("type={} is nothing for this command: it takes type={}", uri.type,
                          fmt::join(types, ", "));
    return Error(ErrorCode::InvalidArgument, "read a key's name");
}

}  // namespace cardmux::tool

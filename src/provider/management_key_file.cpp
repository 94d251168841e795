// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "provider/management_key_file.h"

#include <string_view>

namespace cardmux::provider {
namespace {

constexpr std::string_view between = " \t\r\n";

}  // namespace

Result<SecretBytes> parse_management_key(std::string_view text) {
    const Error wrong(ErrorCode::ManagementKeyRequired, "understand management_key_file");
    while (!text.empty() && between.find(text.back()) != between.npos) text.remove_suffix(1);
    while (!text.empty() && between.find(text.front()) != between.npos) text.remove_prefix(1);
    auto bytes = from_hex(text);
    if (!bytes) return wrong;
    const bool is_key = bytes->size() == 16 || bytes->size() == 24 || bytes->size() == 32;
    SecretBytes key = is_key ? SecretBytes(*bytes) : SecretBytes();
    wipe(*bytes);
    if (!is_key) return wrong;
    return key;
}

}  // namespace cardmux::provider

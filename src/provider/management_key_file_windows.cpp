// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Who may read the file is a matter of its folder's rights, which docs/settings.md says.
#include <array>

#include "provider/management_key_file.h"
#include "provider/settings_places.h"

namespace cardmux::provider {
namespace {

constexpr std::size_t file_size_max = 256;

}  // namespace

Result<SecretBytes> read_management_key(const std::string& path) {
    std::ifstream file = open_settings_file(path);
    if (!file) return Error(ErrorCode::ManagementKeyRequired, "open management_key_file");
    std::array<std::uint8_t, file_size_max> text{};
    file.read(reinterpret_cast<char*>(text.data()), text.size());
    auto key = parse_management_key(
        {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(file.gcount())});
    wipe(text);
    return key;
}

}  // namespace cardmux::provider

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <filesystem>

#include "base/file_owner_windows.h"
#include "base/known_folder_windows.h"
#include "base/wide_text_windows.h"
#include "provider/settings_places.h"

namespace cardmux::provider {
namespace {

bool is_slash(char c) {
    return c == '\\' || c == '/';
}

bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

/// One for the machine, which administrators write. None of the user's: a service and the programs
/// of its users share a card, and should come to the same settings. A file that some user has put
/// there is not read: a service would write its log wherever that user likes.
std::vector<std::string> settings_files(EnvironmentLookup /*get*/) {
    const std::string data = path_of(KnownFolder::ProgramData);
    if (data.empty()) return {};
    const std::string file = data + "\\Cardmux\\cardmux.toml";
    if (!is_owner_trusted(file)) return {};
    return {file};
}

std::ifstream open_settings_file(const std::string& path) {
    return std::ifstream(std::filesystem::path(to_wide(path)), std::ios::binary);
}

/// A drive's path or a share's (\\server\share\...); "C:name" and "\name" depend on the process.
bool is_absolute(std::string_view path) {
    if (path.size() >= 3 && is_letter(path[0]) && path[1] == ':') return is_slash(path[2]);
    return path.size() >= 3 && is_slash(path[0]) && is_slash(path[1]) && !is_slash(path[2]);
}

}  // namespace cardmux::provider

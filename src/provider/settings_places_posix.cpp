// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "provider/settings_places.h"

namespace cardmux::provider {
namespace {

constexpr const char* system_file = "/etc/cardmux/cardmux.toml";

/// An empty variable counts as absent.
bool has(const char* value) {
    return value != nullptr && *value != '\0';
}

}  // namespace

/// source    XDG Base Directory Specification
std::vector<std::string> settings_files(EnvironmentLookup get) {
    const std::string name = "/cardmux/cardmux.toml";
    if (const char* folder = get("XDG_CONFIG_HOME"); has(folder))
        return {system_file, folder + name};
    if (const char* home = get("HOME"); has(home)) {
        return {system_file, std::string(home) + "/.config" + name};
    }
    return {system_file};
}

std::ifstream open_settings_file(const std::string& path) {
    return std::ifstream(path, std::ios::binary);
}

bool is_absolute(std::string_view path) {
    return path.starts_with('/');
}

}  // namespace cardmux::provider

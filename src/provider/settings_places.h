// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Where a system keeps settings, and what a path looks like there. Private to src/provider.
#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "provider/settings.h"

namespace cardmux::provider {

/// The files that are read if they are there, later ones last: they win.
std::vector<std::string> settings_files(EnvironmentLookup get);

/// `path` is UTF-8.
std::ifstream open_settings_file(const std::string& path);

/// Whether it means the same file whatever folder and drive the process works in.
bool is_absolute(std::string_view path);

}  // namespace cardmux::provider

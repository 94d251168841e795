// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include <filesystem>

#include "base/wide_text_windows.h"
#include "tool/windows/own_file.h"

namespace cardmux::tool::windows {

std::string folder_of_this_program() {
    std::wstring path(32768, L'\0');  // the longest that a path can be
    path.resize(GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
    return from_wide(std::filesystem::path(path).parent_path().wstring());
}

}  // namespace cardmux::tool::windows

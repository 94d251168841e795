// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/known_folder_windows.h"

#include <windows.h>
// after windows.h
#include <knownfolders.h>
#include <shlobj.h>

#include <array>

#include "base/wide_text_windows.h"

namespace cardmux {
namespace {

const KNOWNFOLDERID& id_of(KnownFolder folder) {
    return folder == KnownFolder::ProgramData ? FOLDERID_ProgramData : FOLDERID_LocalAppData;
}

/// The process's own: without one, a thread that impersonates gets the folder of whom it acts for.
HANDLE process_token() {
    HANDLE token = nullptr;
    return OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_IMPERSONATE, &token) != 0
               ? token
               : nullptr;
}

}  // namespace

std::string path_of(KnownFolder folder) {
    HANDLE token = process_token();
    PWSTR path = nullptr;
    const HRESULT result = SHGetKnownFolderPath(id_of(folder), KF_FLAG_DONT_VERIFY, token, &path);
    if (token != nullptr) CloseHandle(token);
    std::string text;
    if (SUCCEEDED(result) && path != nullptr) text = from_wide(path);
    CoTaskMemFree(path);  // also after an error
    return text;
}

std::string temporary_folder() {
    std::array<wchar_t, MAX_PATH + 1> path{};
    const DWORD size = GetTempPathW(static_cast<DWORD>(path.size()), path.data());
    std::string text = from_wide(std::wstring_view(path.data(), size));
    while (text.ends_with('\\')) text.pop_back();
    return text.empty() ? "." : text;
}

}  // namespace cardmux

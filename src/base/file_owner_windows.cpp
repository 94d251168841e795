// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/file_owner_windows.h"

#include <windows.h>
// after windows.h
#include <aclapi.h>

#include <array>
#include <cstddef>

#include "base/wide_text_windows.h"

namespace cardmux {
namespace {

/// Of the process, whoever a thread of it impersonates.
bool is_this_user(PSID user) {
    HANDLE token = nullptr;
    if (OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) == 0) return false;
    alignas(TOKEN_USER) std::array<std::byte, sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE> space{};
    DWORD size = 0;
    const bool got = GetTokenInformation(token, TokenUser, space.data(),
                                         static_cast<DWORD>(space.size()), &size) != 0;
    CloseHandle(token);
    return got && EqualSid(reinterpret_cast<TOKEN_USER*>(space.data())->User.Sid, user) != 0;
}

}  // namespace

bool is_owner_trusted(void* file) {
    PSID owner = nullptr;
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    if (GetSecurityInfo(file, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, nullptr, nullptr,
                        nullptr, &descriptor) != ERROR_SUCCESS) {
        return false;
    }
    const bool trusted =
        owner != nullptr && (IsWellKnownSid(owner, WinBuiltinAdministratorsSid) != 0 ||
                             IsWellKnownSid(owner, WinLocalSystemSid) != 0 || is_this_user(owner));
    LocalFree(descriptor);
    return trusted;
}

bool is_owner_trusted(const std::string& path) {
    constexpr DWORD shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    const HANDLE file = CreateFileW(to_wide(path).c_str(), READ_CONTROL, shared, nullptr,
                                    OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr);
    if (file == INVALID_HANDLE_VALUE) {
        return GetLastError() == ERROR_FILE_NOT_FOUND || GetLastError() == ERROR_PATH_NOT_FOUND;
    }
    const bool trusted = is_owner_trusted(file);
    CloseHandle(file);
    return trusted;
}

}  // namespace cardmux

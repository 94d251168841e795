// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include "registration/shared_folder.h"
// after windows.h
#include <sddl.h>

#include "base/system_failure_windows.h"
#include "base/wide_text_windows.h"
#include "registration/backup.h"
#include "registration/opened_path_windows.h"

namespace cardmux::registration {
namespace {

// Security descriptors (Win32, "Security Descriptor String Format"): owner and group are the
// administrators (BA); nothing is inherited from above (P); what is made inside inherits (OICI).
// SYSTEM (SY) and administrators may do all; those who are logged on (AU) read, or modify.
constexpr const wchar_t* for_reading =
    L"O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;AU)";
constexpr const wchar_t* for_all =
    L"O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;AU)";

constexpr DWORD error_link = 4395;  // ERROR_REPARSE_POINT_ENCOUNTERED, which mingw lacks

std::string folder_of_ours() {
    return backup_file("").substr(0, backup_file("").size() - 1);
}

std::string folder_of_turns() {
    return backup_file("turns");
}

Error failure(DWORD code) {
    return system_failure("make the folders in %ProgramData%\\Cardmux", code);
}

/// Administrators have these rights, but switched off: with them a folder opens whose owner allows
/// nobody anything.
void switch_on(const wchar_t* privilege) {
    HANDLE token = nullptr;
    if (OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token) == 0)
        return;
    TOKEN_PRIVILEGES wanted{1, {{{}, SE_PRIVILEGE_ENABLED}}};
    if (LookupPrivilegeValueW(nullptr, privilege, &wanted.Privileges[0].Luid) != 0)
        AdjustTokenPrivileges(token, FALSE, &wanted, 0, nullptr, nullptr);
    CloseHandle(token);
}

/// Files of turns only (shared_turn.cpp names them), by their names in this folder.
void remove_turn_files() {
    const std::string folder = folder_of_turns();
    if (!OpenedPath(folder, 0).is_folder()) return;
    WIN32_FIND_DATAW found{};
    const HANDLE search = FindFirstFileW(to_wide(folder + "\\card-*.turn").c_str(), &found);
    if (search == INVALID_HANDLE_VALUE) return;
    do {
        constexpr DWORD no_file = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT;
        if ((found.dwFileAttributes & no_file) == 0)
            DeleteFileW((to_wide(folder) + L"\\" + found.cFileName).c_str());
    } while (FindNextFileW(search, &found) != 0);
    FindClose(search);
}

/// Of a folder that was there already. By its handle, and of this folder alone: what lies in it is
/// not gone through, since others may have put links there.
DWORD take_over(const std::string& path, PSECURITY_DESCRIPTOR descriptor) {
    switch_on(L"SeTakeOwnershipPrivilege");
    switch_on(L"SeRestorePrivilege");
    const OpenedPath folder(path, READ_CONTROL | WRITE_DAC | WRITE_OWNER);
    if (!folder.is_open()) return folder.failure();
    if (!folder.is_folder()) return error_link;
    const bool is_foreign = others_may(folder, WRITE_DAC | WRITE_OWNER);
    if (SetKernelObjectSecurity(folder.handle(),
                                OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION |
                                    PROTECTED_DACL_SECURITY_INFORMATION,
                                descriptor) == 0)
        return GetLastError();
    // Files of turns that others cannot open, since their folder did not say so.
    if (is_foreign && path == folder_of_turns()) remove_turn_files();
    return ERROR_SUCCESS;
}

/// returns    whether it is there afterwards
Result<bool> make(const std::string& path, const wchar_t* access, bool is_to_be_made) {
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    if (ConvertStringSecurityDescriptorToSecurityDescriptorW(access, SDDL_REVISION_1, &descriptor,
                                                             nullptr) == 0)
        return failure(GetLastError());
    SECURITY_ATTRIBUTES attributes{sizeof attributes, descriptor, FALSE};
    DWORD code = ERROR_ALREADY_EXISTS;
    if (is_to_be_made)
        code = CreateDirectoryW(to_wide(path).c_str(), &attributes) != 0 ? ERROR_SUCCESS
                                                                         : GetLastError();
    if (code == ERROR_ALREADY_EXISTS) code = take_over(path, descriptor);
    LocalFree(descriptor);
    if (!is_to_be_made && (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND))
        return false;
    if (code != ERROR_SUCCESS) return failure(code);
    return true;
}

}  // namespace

Result<void> make_folder_of_backups() {
    CARDMUX_TRY(make(folder_of_ours(), for_reading, true));
    return success();
}

Result<void> make_shared_folder() {
    CARDMUX_TRY(make_folder_of_backups());
    CARDMUX_TRY(make(folder_of_turns(), for_all, true));
    return success();
}

Result<bool> take_over_shared_folder() {
    return make(folder_of_ours(), for_reading, false);
}

void remove_shared_folder() {
    remove_turn_files();
    // Neither goes unless it is empty; of a link the link itself.
    RemoveDirectoryW(to_wide(folder_of_turns()).c_str());
    RemoveDirectoryW(to_wide(folder_of_ours()).c_str());
}

}  // namespace cardmux::registration

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include "registration/shared_folder.h"
// after windows.h
#include <aclapi.h>
#include <sddl.h>

#include <filesystem>

#include "base/wide_text_windows.h"
#include "registration/backup.h"

namespace cardmux::registration {
namespace {

// Security descriptors (Win32, "Security Descriptor String Format"): owner and group are the
// administrators (BA); nothing is inherited from above (P); what is made inside inherits (OICI).
// SYSTEM (SY) and administrators may do all; those who are logged on (AU) read, or modify.
constexpr const wchar_t* for_reading =
    L"O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;AU)";
constexpr const wchar_t* for_all =
    L"O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;AU)";

std::filesystem::path folder_of_turns() {
    return to_wide(backup_file("turns"));
}

Error failure(DWORD code) {
    const bool denied = code == ERROR_ACCESS_DENIED || code == ERROR_INVALID_OWNER;
    return Error(denied ? ErrorCode::AccessDenied : ErrorCode::SystemFailed,
                 "make the folder for turns")
        .with_platform_code(static_cast<std::int64_t>(code));
}

/// Of a folder that was there already.
DWORD take_over(const std::filesystem::path& path, PSECURITY_DESCRIPTOR descriptor) {
    PSID owner = nullptr;
    PACL list = nullptr;
    BOOL unused = FALSE;
    BOOL has_list = FALSE;
    if (GetSecurityDescriptorOwner(descriptor, &owner, &unused) == 0 ||
        GetSecurityDescriptorDacl(descriptor, &has_list, &list, &unused) == 0)
        return GetLastError();
    std::wstring name = path.wstring();
    return SetNamedSecurityInfoW(name.data(), SE_FILE_OBJECT,
                                 OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION |
                                     PROTECTED_DACL_SECURITY_INFORMATION,
                                 owner, nullptr, list, nullptr);
}

Result<void> make(const std::filesystem::path& path, const wchar_t* access) {
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    if (ConvertStringSecurityDescriptorToSecurityDescriptorW(access, SDDL_REVISION_1, &descriptor,
                                                             nullptr) == 0)
        return failure(GetLastError());
    SECURITY_ATTRIBUTES attributes{sizeof attributes, descriptor, FALSE};
    DWORD code = ERROR_SUCCESS;
    if (CreateDirectoryW(path.c_str(), &attributes) == 0) code = GetLastError();
    if (code == ERROR_ALREADY_EXISTS) code = take_over(path, descriptor);
    LocalFree(descriptor);
    if (code != ERROR_SUCCESS) return failure(code);
    return success();
}

}  // namespace

Result<void> make_shared_folder() {
    const std::filesystem::path turns = folder_of_turns();
    CARDMUX_TRY(make(turns.parent_path(), for_reading));
    return make(turns, for_all);
}

void remove_shared_folder() {
    std::error_code ignored;  // in use: it stays
    std::filesystem::remove_all(folder_of_turns(), ignored);
}

}  // namespace cardmux::registration

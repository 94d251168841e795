// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "registration/opened_path_windows.h"
// after windows.h
#include <aclapi.h>
#include <sddl.h>

#include "base/wide_text_windows.h"

namespace cardmux::registration {
namespace {

/// NT SERVICE\TrustedInstaller, who owns Windows' own files.
constexpr const wchar_t* installer_sid =
    L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";

bool is_installer(PSID sid) {
    PSID installer = nullptr;
    if (ConvertStringSidToSidW(installer_sid, &installer) == 0) return false;
    const bool same = EqualSid(sid, installer) != 0;
    LocalFree(installer);
    return same;
}

bool is_trusted(PSID sid, ByteView also) {
    if (sid == nullptr || IsValidSid(sid) == 0) return false;
    Bytes other = to_bytes(also);
    return IsWellKnownSid(sid, WinBuiltinAdministratorsSid) != 0 ||
           IsWellKnownSid(sid, WinLocalSystemSid) != 0 || is_installer(sid) ||
           (!other.empty() && EqualSid(sid, other.data()) != 0);
}

/// Whether this entry gives one of the rights to somebody who is not trusted.
bool gives(const ACE_HEADER& header, DWORD rights, ByteView also) {
    if ((header.AceFlags & INHERIT_ONLY_ACE) != 0) return false;
    switch (header.AceType) {
        case ACCESS_ALLOWED_ACE_TYPE:
        case ACCESS_ALLOWED_CALLBACK_ACE_TYPE: {  // the same as far as its SID
            const auto& entry = reinterpret_cast<const ACCESS_ALLOWED_ACE&>(header);
            auto* sid = const_cast<DWORD*>(&entry.SidStart);
            return (entry.Mask & rights) != 0 && !is_trusted(sid, also);
        }
        case ACCESS_ALLOWED_OBJECT_ACE_TYPE:  // not for files
        case ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE:
            return true;
        default:
            return false;
    }
}

std::string folder_of(const std::string& path) {
    const std::size_t end = path.find_last_of("\\/");
    if (end == std::string::npos) return {};
    // "C:" would be the drive's current folder.
    const bool is_root = end == 2 && path[1] == ':';
    if (is_root) return path.size() == 3 ? std::string() : path.substr(0, 3);
    return path.substr(0, end);
}

}  // namespace

OpenedPath::OpenedPath(const std::string& path, DWORD access)
    : handle_(CreateFileW(to_wide(path).c_str(), access | FILE_READ_ATTRIBUTES,
                          FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                          OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT,
                          nullptr)) {
    if (!is_open()) {
        failure_ = GetLastError();
        return;
    }
    BY_HANDLE_FILE_INFORMATION about{};
    if (GetFileInformationByHandle(handle_, &about) == 0) return;
    // Wine knows a link by its path only.
    const DWORD by_path = GetFileAttributesW(to_wide(path).c_str());
    const DWORD all = about.dwFileAttributes | (by_path == INVALID_FILE_ATTRIBUTES ? 0 : by_path);
    is_plain_ = (all & FILE_ATTRIBUTE_REPARSE_POINT) == 0;
    is_folder_ = (all & FILE_ATTRIBUTE_DIRECTORY) != 0;
    names_ = about.nNumberOfLinks;
}

OpenedPath::~OpenedPath() {
    if (is_open()) CloseHandle(handle_);
}

Bytes OpenedPath::owner() const {
    PSID owner = nullptr;
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    Bytes sid;
    if (GetSecurityInfo(handle_, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, nullptr,
                        nullptr, nullptr, &descriptor) != ERROR_SUCCESS)
        return sid;
    if (owner != nullptr && IsValidSid(owner) != 0) {
        const auto* bytes = static_cast<const std::uint8_t*>(owner);
        sid.assign(bytes, bytes + GetLengthSid(owner));
    }
    LocalFree(descriptor);
    return sid;
}

bool others_may(PSECURITY_DESCRIPTOR descriptor, DWORD rights, ByteView also_trusted) {
    PSID owner = nullptr;
    PACL list = nullptr;
    BOOL is_there = FALSE;
    BOOL unused = FALSE;
    if (GetSecurityDescriptorOwner(descriptor, &owner, &unused) == 0 ||
        GetSecurityDescriptorDacl(descriptor, &is_there, &list, &unused) == 0)
        return true;
    // Without a list everybody may do all; an owner may always give himself what he lacks.
    if (is_there == FALSE || list == nullptr || !is_trusted(owner, also_trusted)) return true;
    for (DWORD i = 0; i < list->AceCount; ++i) {
        void* entry = nullptr;
        if (GetAce(list, i, &entry) == 0) return true;
        if (gives(*static_cast<const ACE_HEADER*>(entry), rights, also_trusted)) return true;
    }
    return false;
}

bool others_may(const OpenedPath& opened, DWORD rights, ByteView also_trusted) {
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    if (!opened.is_open() ||
        GetSecurityInfo(opened.handle(), SE_FILE_OBJECT,
                        OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, nullptr, nullptr,
                        nullptr, nullptr, &descriptor) != ERROR_SUCCESS)
        return true;
    const bool may = others_may(descriptor, rights, also_trusted);
    LocalFree(descriptor);
    return may;
}

std::string changeable_by_others(const std::string& path) {
    const OpenedPath file(path, READ_CONTROL);
    if (!file.is_file() || others_may(file, rights_to_change)) return path;
    DWORD rights = rights_to_change;
    for (std::string folder = folder_of(path); !folder.empty(); folder = folder_of(folder)) {
        const OpenedPath opened(folder, READ_CONTROL);
        if (!opened.is_folder() || others_may(opened, rights)) return folder;
        rights = rights_to_replace;
    }
    return {};
}

}  // namespace cardmux::registration

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// %ProgramData%\Cardmux\turns if registration made it: for all users, who may add files and write
// each other's, by access that the folder hands down. Else %LOCALAPPDATA%\Cardmux\turns: the
// processes of one user agree. Else, for a user without a profile, the folder for temporary files.
#include <windows.h>

#include "base/file_owner_windows.h"
#include "base/known_folder_windows.h"
#include "base/wide_text_windows.h"
#include "transaction/shared_folder.h"

namespace cardmux::transaction {
namespace {

Error system_error(const char* operation, DWORD code = GetLastError()) {
    return Error(ErrorCode::SystemFailed, operation).with_platform_code(code);
}

std::string folder_for_all() {
    const std::string data = path_of(KnownFolder::ProgramData);
    return data.empty() ? data : data + "\\Cardmux\\turns";
}

/// An open folder, no link.
class Folder {
  public:
    Folder(const std::string& path, DWORD access)
        : handle_(CreateFileW(to_wide(path).c_str(), access,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                              OPEN_EXISTING,
                              FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, nullptr)) {
    }
    ~Folder() {
        if (is_open()) CloseHandle(handle_);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    bool is_open() const { return handle_ != INVALID_HANDLE_VALUE; }
    HANDLE handle() const { return handle_; }
    bool is_folder_and_no_link() const {
        BY_HANDLE_FILE_INFORMATION about{};
        constexpr DWORD both = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT;
        return GetFileInformationByHandle(handle_, &about) != 0 &&
               (about.dwFileAttributes & both) == FILE_ATTRIBUTE_DIRECTORY;
    }

  private:
    HANDLE handle_;
};

bool make_folder(const std::string& path) {
    return CreateDirectoryW(to_wide(path).c_str(), nullptr) != 0 ||
           GetLastError() == ERROR_ALREADY_EXISTS;
}

/// The folder and, if that is missing, the one that it is in.
bool make_with_parent(const std::string& path) {
    if (make_folder(path)) return true;
    const auto end = path.find_last_of("\\/");
    if (GetLastError() != ERROR_PATH_NOT_FOUND || end == std::string::npos) return false;
    return make_folder(path.substr(0, end)) && make_folder(path);
}

}  // namespace

std::string default_shared_folder() {
    const std::string for_all = folder_for_all();
    if (!for_all.empty() && Folder(for_all, FILE_ADD_FILE).is_open()) return for_all;
    const std::string own = path_of(KnownFolder::LocalData);
    return (own.empty() ? temporary_folder() : own) + "\\Cardmux\\turns";
}

Result<bool> prepare_shared_folder(const std::string& folder) {
    if (!make_with_parent(folder)) return system_error("make the folder for turns");
    const Folder opened(folder, FILE_READ_ATTRIBUTES | READ_CONTROL);
    if (!opened.is_open()) return system_error("look at the folder for turns");
    if (!opened.is_folder_and_no_link() || !is_owner_trusted(opened.handle())) {
        // Somebody else made it, or a link in its place: what lies in it is not ours to trust.
        return system_error("look at the folder for turns", ERROR_ACCESS_DENIED);
    }
    return folder == folder_for_all();
}

}  // namespace cardmux::transaction

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>
// after windows.h
#include <array>
#include <ranges>

#include "base/bytes.h"
#include "base/random.h"
#include "base/system_failure_windows.h"
#include "base/wide_text_windows.h"
#include "registration/system_files.h"

namespace cardmux::registration {
namespace {

Error failure() {
    return system_failure("copy our DLLs to the system folder", GetLastError());
}

std::string unique_name(const std::string& file, const char* what) {
    return file + "." + what + "-" + std::to_string(system_random().next_u64());
}

bool rename(const std::string& from, const std::string& to) {
    return MoveFileExW(to_wide(from).c_str(), to_wide(to).c_str(), MOVEFILE_WRITE_THROUGH) != 0;
}

bool remove_now(const std::string& file) {
    return DeleteFileW(to_wide(file).c_str()) != 0 || GetLastError() == ERROR_FILE_NOT_FOUND;
}

void remove_at_restart(const std::string& file) {
    MoveFileExW(to_wide(file).c_str(), nullptr, MOVEFILE_DELAY_UNTIL_REBOOT);
}

}  // namespace

std::string system_folder() {
    std::array<wchar_t, MAX_PATH> path{};
    const UINT size = GetSystemDirectoryW(path.data(), static_cast<UINT>(path.size()));
    return from_wide({path.data(), size});
}

std::vector<std::string> own_file_names() {
    return {"cardmux.dll", "cardmuxcsp.dll", "cardmuxksp.dll", "cardmux-pkcs11.dll"};
}

std::vector<std::string> own_system_files() {
    std::vector<std::string> files;
    for (const std::string& name : own_file_names()) files.push_back(system_folder() + "\\" + name);
    return files;
}

bool is_there(const std::string& file) {
    return GetFileAttributesW(to_wide(file).c_str()) != INVALID_FILE_ATTRIBUTES;
}

Result<void> SystemFiles::replace(const std::string& from, const std::string& to) {
    const std::string fresh = unique_name(to, "new");
    if (CopyFileW(to_wide(from).c_str(), to_wide(fresh).c_str(), TRUE) == 0) return failure();
    const std::string old = is_there(to) ? unique_name(to, "old") : std::string();
    if (!old.empty() && !rename(to, old)) {
        const Error error = failure();
        remove_now(fresh);
        return error;
    }
    if (!rename(fresh, to)) {
        const Error error = failure();
        remove_now(fresh);
        if (!old.empty()) rename(old, to);
        return error;
    }
    replaced_.push_back({to, old});
    return success();
}

void SystemFiles::keep() {
    for (const Replaced& one : replaced_)
        if (!one.old.empty() && !remove_now(one.old)) remove_at_restart(one.old);
    replaced_.clear();
}

std::vector<std::string> SystemFiles::take_back() {
    std::vector<std::string> left;
    for (const Replaced& one : std::views::reverse(replaced_)) {
        remove_system_file(one.file);
        const bool is_back = one.old.empty() ? !is_there(one.file) : rename(one.old, one.file);
        if (!is_back) left.push_back(one.file);
    }
    replaced_.clear();
    return left;
}

bool remove_system_file(const std::string& file) {
    if (remove_now(file)) return true;
    const std::string old = unique_name(file, "old");
    // A deletion that is still to come must not meet a file that is copied there meanwhile.
    remove_at_restart(rename(file, old) ? old : file);
    return false;
}

}  // namespace cardmux::registration

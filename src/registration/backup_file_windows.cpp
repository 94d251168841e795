// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>
// after windows.h
#include <sddl.h>

#include <nlohmann/json.hpp>

#include "base/known_folder_windows.h"
#include "base/system_failure_windows.h"
#include "base/wide_text_windows.h"
#include "registration/backup.h"
#include "registration/opened_path_windows.h"

namespace cardmux::registration {
namespace {

using nlohmann::json;

json to_json(const RegistryKey& key) {
    return {{"root", key.root == RegistryRoot::LocalMachine ? "HKLM" : "HKCU"},
            {"view", key.view == RegistryView::Programs64 ? 64 : 32},
            {"path", key.path}};
}

json to_json(const SavedValue& saved) {
    json object = to_json(saved.key);
    object["name"] = saved.name;
    object["value"] = nullptr;
    if (saved.value)
        object["value"] = {{"type", saved.value->type}, {"data", to_hex(saved.value->data)}};
    return object;
}

/// Throws json's own exceptions on a wrong form; parse() catches them.
RegistryKey key_from(const json& object) {
    const auto root = object.at("root").get<std::string>();
    return {
        root == "HKCU" ? RegistryRoot::CurrentUser : RegistryRoot::LocalMachine,
        object.at("view").get<int>() == 32 ? RegistryView::Programs32 : RegistryView::Programs64,
        object.at("path").get<std::string>()};
}

SavedValue value_from(const json& object) {
    SavedValue saved{key_from(object), object.at("name").get<std::string>(), std::nullopt};
    const json& value = object.at("value");
    if (value.is_null()) return saved;
    auto data = from_hex(value.at("data").get<std::string>());
    if (!data) throw json::other_error::create(501, "data is no hexadecimal", &object);
    saved.value = RegistryValue{value.at("type").get<std::uint32_t>(), std::move(*data)};
    return saved;
}

Backup backup_from(const json& object) {
    Backup backup;
    for (const json& key : object.at("absent_keys")) backup.absent_keys.push_back(key_from(key));
    for (const json& value : object.at("values")) backup.values.push_back(value_from(value));
    backup.was_registered_with_cng = object.at("was_registered_with_cng").get<bool>();
    backup.copied_files = object.at("copied_files").get<std::vector<std::string>>();
    return backup;
}

// Security descriptor (Win32, "Security Descriptor String Format"): the administrators' (BA), who
// with SYSTEM may do all; those who are logged on (AU) may read.
constexpr const wchar_t* for_reading = L"O:BAG:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FR;;;AU)";
/// Of a backup: some kilobytes.
constexpr std::int64_t size_max = 1 << 20;

std::string folder_of(const std::string& file) {
    return file.substr(0, file.find_last_of('\\'));
}

/// A new file that nobody else had open before it was safe from him.
Result<void> write_new(const std::string& file, const std::string& text) {
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    if (ConvertStringSecurityDescriptorToSecurityDescriptorW(for_reading, SDDL_REVISION_1,
                                                             &descriptor, nullptr) == 0)
        return system_failure("write the backup", GetLastError());
    SECURITY_ATTRIBUTES attributes{sizeof attributes, descriptor, FALSE};
    DeleteFileW(to_wide(file).c_str());  // of an attempt that was cut short
    const HANDLE handle = CreateFileW(to_wide(file).c_str(), GENERIC_WRITE, 0, &attributes,
                                      CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr);
    DWORD code = handle == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
    LocalFree(descriptor);
    if (code != ERROR_SUCCESS) return system_failure("write the backup", code);
    DWORD size = 0;
    if (WriteFile(handle, text.data(), static_cast<DWORD>(text.size()), &size, nullptr) == 0 ||
        FlushFileBuffers(handle) == 0)
        code = GetLastError();
    CloseHandle(handle);
    if (code != ERROR_SUCCESS) return system_failure("write the backup", code);
    return success();
}

/// Whether nobody else than an administrator can have written it.
bool is_believable(const OpenedPath& opened, const std::string& file) {
    // Where the system keeps no owners (Wine), what administrators make looks as this folder does.
    const OpenedPath folder(folder_of(file), READ_CONTROL);
    return opened.is_file() && folder.is_folder() &&
           !others_may(opened, rights_to_change, folder.owner());
}

Result<std::string> text_of(const OpenedPath& opened) {
    LARGE_INTEGER size{};
    if (GetFileSizeEx(opened.handle(), &size) == 0)
        return system_failure("read the backup", GetLastError());
    if (size.QuadPart > size_max) return Error(ErrorCode::DataInvalid, "read the backup");
    std::string text(static_cast<std::size_t>(size.QuadPart), '\0');
    DWORD got = 0;
    if (ReadFile(opened.handle(), text.data(), static_cast<DWORD>(text.size()), &got, nullptr) == 0)
        return system_failure("read the backup", GetLastError());
    text.resize(got);
    return text;
}

}  // namespace

std::string backup_file(const std::string& name) {
    const std::string data = path_of(KnownFolder::ProgramData);
    return (data.empty() ? "C:\\ProgramData" : data) + "\\Cardmux\\" + name;
}

Result<void> write_backup(const std::string& file, const Backup& backup) {
    json object{{"absent_keys", json::array()},
                {"values", json::array()},
                {"was_registered_with_cng", backup.was_registered_with_cng},
                {"copied_files", backup.copied_files}};
    for (const RegistryKey& key : backup.absent_keys) object["absent_keys"].push_back(to_json(key));
    for (const SavedValue& value : backup.values) object["values"].push_back(to_json(value));
    const std::string fresh = file + ".new";
    CARDMUX_TRY(write_new(fresh, object.dump(1) + "\n"));
    // Whole or not at all, and on the disk before the registry is touched.
    if (MoveFileExW(to_wide(fresh).c_str(), to_wide(file).c_str(),
                    MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) == 0)
        return system_failure("write the backup", GetLastError());
    return success();
}

Result<std::optional<Backup>> read_backup(const std::string& file) {
    const OpenedPath opened(file, GENERIC_READ);
    const bool is_absent =
        opened.failure() == ERROR_FILE_NOT_FOUND || opened.failure() == ERROR_PATH_NOT_FOUND;
    if (is_absent) return std::optional<Backup>();
    if (!opened.is_open()) return system_failure("read the backup", opened.failure());
    if (!is_believable(opened, file))
        return Error(ErrorCode::DataInvalid,
                     "believe the backup: others than administrators may have written it");
    CARDMUX_TRY_ASSIGN(const std::string text, text_of(opened));
    try {
        return std::optional<Backup>(backup_from(json::parse(text)));
    } catch (const json::exception&) {
        return Error(ErrorCode::DataInvalid, "read the backup");
    }
}

Result<void> remove_backup(const std::string& file) {
    const std::wstring path = to_wide(file);
    if (DeleteFileW(path.c_str()) == 0 && GetLastError() != ERROR_FILE_NOT_FOUND)
        return system_failure("remove the backup", GetLastError());
    // The folder, if nothing else is in it.
    RemoveDirectoryW(to_wide(folder_of(file)).c_str());
    return success();
}

}  // namespace cardmux::registration

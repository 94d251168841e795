// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/known_folder_windows.h"
#include "base/wide_text_windows.h"
#include "registration/backup.h"

namespace cardmux::registration {
namespace {

using nlohmann::json;

json to_json(const RegistryKey& key) {
    return {{"root", key.root == Root::LocalMachine ? "HKLM" : "HKCU"},
            {"view", key.view == View::Programs64 ? 64 : 32},
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
    return {root == "HKCU" ? Root::CurrentUser : Root::LocalMachine,
            object.at("view").get<int>() == 32 ? View::Programs32 : View::Programs64,
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

Error file_failure(const char* operation) {
    return Error(ErrorCode::SystemFailed, operation)
        .with_platform_code(static_cast<std::int64_t>(GetLastError()));
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
    const std::filesystem::path path = to_wide(file);
    const std::filesystem::path fresh = path.wstring() + L".new";
    std::error_code ignored;  // whether there is a folder shows when the file is made
    std::filesystem::create_directories(path.parent_path(), ignored);
    std::ofstream stream(fresh, std::ios::binary | std::ios::trunc);
    stream << object.dump(1) << '\n';
    stream.close();
    if (stream.fail()) return file_failure("write the backup");
    // Whole or not at all, and on the disk before the registry is touched.
    if (MoveFileExW(fresh.c_str(), path.c_str(),
                    MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) == 0)
        return file_failure("write the backup");
    return success();
}

Result<std::optional<Backup>> read_backup(const std::string& file) {
    const std::filesystem::path path = to_wide(file);
    std::error_code failure;
    if (!std::filesystem::exists(path, failure)) return std::optional<Backup>();
    std::ifstream stream(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (stream.bad() || !stream.is_open()) return file_failure("read the backup");
    try {
        return std::optional<Backup>(backup_from(json::parse(text)));
    } catch (const json::exception&) {
        return Error(ErrorCode::DataInvalid, "read the backup");
    }
}

Result<void> remove_backup(const std::string& file) {
    const std::wstring path = to_wide(file);
    if (DeleteFileW(path.c_str()) == 0 && GetLastError() != ERROR_FILE_NOT_FOUND)
        return file_failure("remove the backup");
    // The folder, if nothing else is in it.
    RemoveDirectoryW(std::filesystem::path(path).parent_path().c_str());
    return success();
}

}  // namespace cardmux::registration

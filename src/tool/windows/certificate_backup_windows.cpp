// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <shlobj.h>
#include <windows.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/wide_text_windows.h"
#include "tool/windows/certificate_store.h"

namespace cardmux::tool::windows {
namespace {

using nlohmann::json;

json to_json(const KeyLink& link) {
    return {{"container", link.container},
            {"provider", link.provider},
            {"type", link.type},
            {"flags", link.flags},
            {"key_spec", link.key_spec}};
}

/// Throws json's own exceptions on a wrong form; the caller catches them.
KeyLink key_link_from(const json& object) {
    return {object.at("container").get<std::string>(), object.at("provider").get<std::string>(),
            object.at("type").get<std::uint32_t>(), object.at("flags").get<std::uint32_t>(),
            object.at("key_spec").get<std::uint32_t>()};
}

/// Throws as key_link_from.
SavedLink link_from(const json& object) {
    auto thumbprint = from_hex(object.at("thumbprint").get<std::string>());
    if (!thumbprint) throw json::other_error::create(501, "no hexadecimal", &object);
    return {std::move(*thumbprint), key_link_from(object.at("before")),
            key_link_from(object.at("ours"))};
}

}  // namespace

std::string certificate_backup_file() {
    wchar_t* folder = nullptr;
    std::string path = ".";
    if (SUCCEEDED(SHGetKnownFolderPath(FOLDERID_LocalAppData, 0, nullptr, &folder)))
        path = from_wide(folder);
    CoTaskMemFree(folder);
    return path + "\\Cardmux\\certificates.json";
}

Result<void> write_saved_links(const std::vector<SavedLink>& links) {
    const std::filesystem::path path = to_wide(certificate_backup_file());
    std::error_code failure;
    if (links.empty()) {
        std::filesystem::remove(path, failure);
        return failure ? Result<void>(Error(ErrorCode::SystemFailed, "remove the backup"))
                       : success();
    }
    json list = json::array();
    for (const auto& [thumbprint, link, ours] : links)
        list.push_back({{"thumbprint", to_hex(thumbprint)},
                        {"before", to_json(link)},
                        {"ours", to_json(ours)}});
    std::filesystem::create_directories(path.parent_path(), failure);
    const std::filesystem::path fresh = path.wstring() + L".new";
    std::ofstream stream(fresh, std::ios::binary | std::ios::trunc);
    stream << list.dump(1) << '\n';
    stream.close();
    const bool written =
        !stream.fail() && MoveFileExW(fresh.c_str(), path.c_str(),
                                      MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0;
    if (written) return success();
    return Error(ErrorCode::SystemFailed, "write the backup")
        .with_platform_code(static_cast<std::int64_t>(GetLastError()));
}

Result<std::vector<SavedLink>> read_saved_links() {
    std::vector<SavedLink> links;
    const Error unreadable(ErrorCode::DataInvalid, "read the backup of the certificates");
    const std::filesystem::path path = to_wide(certificate_backup_file());
    std::ifstream stream(path, std::ios::binary);
    std::error_code unknown;
    if (!stream.is_open() && !std::filesystem::exists(path, unknown) && !unknown) return links;
    if (!stream.is_open()) return unreadable;
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    try {
        for (const json& object : json::parse(text)) links.push_back(link_from(object));
    } catch (const json::exception&) {
        return unreadable;
    }
    return links;
}

}  // namespace cardmux::tool::windows

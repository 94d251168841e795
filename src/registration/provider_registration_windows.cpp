// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include <algorithm>

#include "api/windows/provider_registry.h"
#include "base/wide_text_windows.h"
#include "registration/backup.h"
#include "registration/card_binding.h"
#include "registration/cng_registration.h"
#include "registration/provider_keys.h"
#include "registration/provider_registration.h"
#include "registration/shared_folder.h"
#include "registration/system_files.h"

namespace cardmux::registration {
namespace {

constexpr std::uint32_t rsa_full = 1;  // PROV_RSA_FULL
constexpr std::uint32_t rsa_aes = 24;  // PROV_RSA_AES

constexpr std::uint32_t all_event_types = 7;  // error, warning, information
constexpr const char* cng_entry = "the KSP's registration with CNG";

std::vector<RegistryKey> own_keys() {
    return {csp_key(api::csp_name_rsa_full), csp_key(api::csp_name_rsa_aes), ksp_key(api::ksp_name),
            event_source_key()};
}

/// What registering ever writes, so what unregistering may put back.
std::vector<RestorableKey> restorable_keys() {
    using Reach = RestorableKey::Reach;
    std::vector<RestorableKey> keys;
    for (const RegistryKey& key : own_keys()) keys.push_back({key, Reach::WithAllBelow, {}});
    keys.push_back({smart_cards_key(),
                    Reach::ChildrenOnly,
                    {"ATR", "ATRMask", "Crypto Provider", "Smart Card Key Storage Provider"}});
    return keys;
}

std::string file_name_of(const std::string& path) {
    return path.substr(path.find_last_of("\\/") + 1);
}

/// In System32 the name alone says where it is, for both interfaces.
bool is_in_system_folder(const std::string& path) {
    const std::wstring folder = to_wide(path.substr(0, path.find_last_of("\\/")));
    return CompareStringOrdinal(folder.c_str(), -1, to_wide(system_folder()).c_str(), -1, TRUE) ==
           CSTR_EQUAL;
}

void add_csp(std::vector<RegistryWrite>& writes, const char* name, const std::string& image,
             std::uint32_t type) {
    const RegistryKey key = csp_key(name);
    writes.push_back({key, "Image Path", text_value(image)});
    writes.push_back({key, "Type", number_value(type)});
    // No signature: Windows 8 and later ask for none.
    writes.push_back({key, "SigInFile", number_value(0)});
}

/// What BCryptRegisterProvider leaves behind, as far as is known without a Windows at hand: not
/// documented, and so not for Windows itself, where its own call makes it.
std::vector<RegistryWrite> ksp_layout(const std::string& image) {
    const RegistryKey image_key = ksp_key(api::ksp_name).child("UM");
    const RegistryKey interface_key = image_key.child("00010001");
    return {{image_key, "Image", text_value(image)},
            {interface_key, "Functions", list_value({"KEY_STORAGE"})},
            {interface_key, "Flags", number_value(1)}};
}

/// Of an earlier registration.
///
/// needs     the folder in the administrators' hands
/// errors    as read_backup; DataInvalid: also if it names what we never change
Result<std::optional<Backup>> earlier_backup() {
    CARDMUX_TRY_ASSIGN(auto backup, read_backup(registration_backup_file()));
    if (backup && !is_restorable(*backup, restorable_keys(), own_system_files()))
        return backup_is_foreign();
    return backup;
}

std::vector<std::string> files_in_the_way_of(const Backup& backup) {
    std::vector<std::string> files;
    for (const std::string& file : own_system_files())
        if (is_there(file) &&
            std::ranges::find(backup.copied_files, file) == backup.copied_files.end())
            files.push_back(file);
    return files;
}

/// One registration from its first change to its end. Destroyed before done(), it undoes all.
class Registration {
  public:
    Registration(Backup before, bool is_first)
        : first_(std::move(before)), backup_(first_), is_first_(is_first) {}
    ~Registration() {
        if (!is_over_) (void)undo();
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

    Result<void> save(const std::vector<RegistryWrite>& writes);
    /// The KSP's whole key, which CNG may make anew and remove.
    Result<void> save_ksp_key();
    Result<void> write(const std::vector<RegistryWrite>& writes);
    /// All our DLLs to System32, from this folder.
    Result<void> copy_from(const std::string& folder);
    /// Settings in the KSP's key are there afterwards too. What is below it describes the image,
    /// and is CNG's.
    ///
    /// returns   whether the entry says so afterwards
    Result<bool> tell_cng(const std::string& image);
    void done() {
        files_.keep();
        is_over_ = true;
    }
    /// returns   what is not as before
    std::vector<NotPutBack> undo();

  private:
    const Backup first_;  // what was before the first registration
    Backup backup_;       // the same, with what this one changes besides
    Backup before_;       // what was before this one
    bool is_first_;
    bool is_over_ = false;
    bool has_told_cng_ = false;
    SystemFiles files_;
};

Result<void> Registration::save(const std::vector<RegistryWrite>& writes) {
    for (const RegistryWrite& write : writes) {
        CARDMUX_TRY(save_value(backup_, write.key, write.name));
        CARDMUX_TRY(save_value(before_, write.key, write.name));
    }
    return write_backup(registration_backup_file(), backup_);
}

Result<void> Registration::save_ksp_key() {
    const RegistryKey key = ksp_key(api::ksp_name);
    // What a person sets after the first registration goes with the key, as do the CSP's settings.
    if (is_first_) CARDMUX_TRY(save_all_below(backup_, key));
    CARDMUX_TRY(save_all_below(before_, key));
    return write_backup(registration_backup_file(), backup_);
}

Result<void> Registration::write(const std::vector<RegistryWrite>& writes) {
    for (const RegistryWrite& write : writes)
        CARDMUX_TRY(write_value(write.key, write.name, write.value));
    return success();
}

Result<void> Registration::copy_from(const std::string& folder) {
    if (!files_in_the_way_of(backup_).empty())
        return Error(ErrorCode::AlreadyExists, "copy our DLLs to the system folder")
            .with_platform_code(ERROR_FILE_EXISTS);
    backup_.copied_files = own_system_files();
    CARDMUX_TRY(write_backup(registration_backup_file(), backup_));
    for (const std::string& name : own_file_names())
        CARDMUX_TRY(files_.replace(folder + "\\" + name, system_folder() + "\\" + name));
    return success();
}

Result<bool> Registration::tell_cng(const std::string& image) {
    has_told_cng_ = true;
    backup_.was_registered_with_cng = true;
    CARDMUX_TRY(write_backup(registration_backup_file(), backup_));
    CARDMUX_TRY(register_with_cng(api::ksp_name, image));
    CARDMUX_TRY(put_back_what_is_gone(before_, ksp_key(api::ksp_name)));
    CARDMUX_TRY_ASSIGN(const auto entry, read_value(ksp_key(api::ksp_name).child("UM"), "Image"));
    return entry && text_of(*entry) == image;
}

std::vector<NotPutBack> Registration::undo() {
    is_over_ = true;
    Result<void> cng = success();
    if (has_told_cng_ && is_first_) cng = unregister_from_cng(api::ksp_name);
    std::vector<NotPutBack> left = put_back(before_, own_keys());
    if (!cng) left.push_back({cng_entry, cng.error()});
    for (const std::string& file : files_.take_back())
        left.push_back({file, Error(ErrorCode::SystemFailed, "put the older file back")});
    if (!left.empty()) return left;
    if (is_first_) remove_shared_folder();
    const auto backup = is_first_ ? remove_backup(registration_backup_file())
                                  : write_backup(registration_backup_file(), first_);
    if (!backup) left.push_back({registration_backup_file(), backup.error()});
    return left;
}

/// errors    as writes_to_bind
Result<std::vector<RegistryWrite>> plan(const RegistrationRequest& request,
                                        const RegistrationReport& report) {
    std::vector<RegistryWrite> writes;
    add_csp(writes, api::csp_name_rsa_full, report.csp_image, rsa_full);
    add_csp(writes, api::csp_name_rsa_aes, report.csp_image, rsa_aes);
    writes.push_back({event_source_key(), "EventMessageFile", text_value(report.csp_image)});
    writes.push_back({event_source_key(), "TypesSupported", number_value(all_event_types)});
    for (const Bytes& atr : request.bind_atrs) {
        CARDMUX_TRY_ASSIGN(const auto more, writes_to_bind(atr));
        writes.insert(writes.end(), more.begin(), more.end());
    }
    return writes;
}

}  // namespace

std::string registration_backup_file() {
    return backup_file("backup.json");
}

Result<RegistrationReport> register_providers(const RegistrationRequest& request,
                                              std::vector<NotPutBack>& left) {
    const std::string folder = request.dll.substr(0, request.dll.find_last_of("\\/"));
    const bool is_copied = !request.in_place && !is_in_system_folder(request.dll);
    RegistrationReport report;
    report.backup = registration_backup_file();
    report.csp_image = is_copied ? system_folder() + "\\" + file_name_of(request.dll) : request.dll;
    report.ksp_image =
        is_in_system_folder(report.csp_image) ? file_name_of(request.dll) : request.dll;
    CARDMUX_TRY_ASSIGN(const auto writes, plan(request, report));
    const auto layout = ksp_layout(report.ksp_image);

    CARDMUX_TRY(make_shared_folder());
    CARDMUX_TRY_ASSIGN(auto before, earlier_backup());
    Registration registration(before.value_or(Backup()), !before.has_value());
    const auto change = [&]() -> Result<void> {
        CARDMUX_TRY(registration.save(writes));
        CARDMUX_TRY(registration.save(layout));
        CARDMUX_TRY(registration.save_ksp_key());
        if (is_copied) CARDMUX_TRY(registration.copy_from(folder));
        CARDMUX_TRY(registration.write(writes));
        CARDMUX_TRY_ASSIGN(report.ksp_entry_by_system, registration.tell_cng(report.ksp_image));
        return report.ksp_entry_by_system ? success() : registration.write(layout);
    };
    if (auto changed = change(); !changed) {
        left = registration.undo();
        return changed.error();
    }
    registration.done();
    for (const RegistryWrite& write : writes)
        report.changed.push_back(to_string(write.key) + ": " + write.name);
    for (const RegistryWrite& write : layout)
        report.changed.push_back(to_string(write.key) + ": " + write.name);
    return report;
}

std::vector<std::string> files_in_the_way() {
    const auto backup = earlier_backup();
    return files_in_the_way_of(backup.ok() && *backup ? **backup : Backup());
}

Result<UnregistrationReport> unregister_providers(std::vector<NotPutBack>& left) {
    CARDMUX_TRY(take_over_shared_folder());
    CARDMUX_TRY_ASSIGN(const auto backup, earlier_backup());
    if (!backup) return Error(ErrorCode::ObjectNotFound, "find the backup of a registration");
    Result<void> cng = success();
    if (backup->was_registered_with_cng) cng = unregister_from_cng(api::ksp_name);
    left = put_back(*backup, own_keys());
    if (!cng) left.push_back({cng_entry, cng.error()});
    if (!left.empty()) return left.front().error;
    UnregistrationReport report;
    report.values = backup->values.size();
    for (const std::string& file : backup->copied_files)
        if (!remove_system_file(file)) report.left_over.push_back(file);
    remove_shared_folder();
    if (auto removed = remove_backup(registration_backup_file()); !removed) {
        left.push_back({registration_backup_file(), removed.error()});
        return removed.error();
    }
    return report;
}

}  // namespace cardmux::registration

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "registration/backup.h"

#include <algorithm>
#include <cctype>

namespace cardmux::registration {
namespace {

Result<void> save_absent_keys(Backup& backup, const RegistryKey& key) {
    std::vector<RegistryKey> absent;
    for (RegistryKey above = key; !above.path.empty(); above = above.parent()) {
        CARDMUX_TRY_ASSIGN(const bool exists, key_exists(above));
        if (exists) break;
        absent.push_back(above);
    }
    for (auto next = absent.rbegin(); next != absent.rend(); ++next)
        if (std::ranges::find(backup.absent_keys, *next) == backup.absent_keys.end())
            backup.absent_keys.push_back(*next);
    return success();
}

Result<void> put_back_value(const SavedValue& saved) {
    if (saved.value) return write_value(saved.key, saved.name, *saved.value);
    return remove_value(saved.key, saved.name);
}

bool is_inside(const RegistryKey& key, const RegistryKey& outer) {
    return key.root == outer.root && key.view == outer.view &&
           key.path.starts_with(outer.path + "\\");
}

bool reaches(const RestorableKey& restorable, const RegistryKey& key) {
    switch (restorable.reach) {
        case RestorableKey::Reach::Itself:
            return key == restorable.key;
        case RestorableKey::Reach::WithAllBelow:
            return key == restorable.key || is_inside(key, restorable.key);
        case RestorableKey::Reach::ChildrenOnly:
            return key.parent() == restorable.key;
    }
    return false;
}

bool reaches_value(const RestorableKey& restorable, const SavedValue& saved) {
    return reaches(restorable, saved.key) &&
           (restorable.names.empty() ||
            std::ranges::find(restorable.names, saved.name) != restorable.names.end());
}

bool is_same_path(const std::string& one, const std::string& other) {
    return std::ranges::equal(one, other, [](unsigned char a, unsigned char b) {
        return std::tolower(a) == std::tolower(b);
    });
}

/// Whether it is one of them, or inside one.
bool is_below(const RegistryKey& key, const std::vector<RegistryKey>& own) {
    return std::ranges::any_of(
        own, [&key](const RegistryKey& owned) { return key == owned || is_inside(key, owned); });
}

/// A value that cannot be written may never have been changed.
bool is_as_before(const SavedValue& saved) {
    const auto value = read_value(saved.key, saved.name);
    return value.ok() && *value == saved.value;
}

}  // namespace

bool Backup::has(const RegistryKey& key, const std::string& name) const {
    return std::ranges::any_of(
        values, [&](const SavedValue& saved) { return saved.key == key && saved.name == name; });
}

Result<void> save_value(Backup& backup, const RegistryKey& key, const std::string& name) {
    if (backup.has(key, name)) return success();
    CARDMUX_TRY(save_absent_keys(backup, key));
    auto value = read_value(key, name);
    if (!value) return value.error();
    backup.values.push_back({key, name, std::move(value).value()});
    return success();
}

Result<void> save_all_below(Backup& backup, const RegistryKey& key) {
    CARDMUX_TRY_ASSIGN(const auto values, names_of_values(key));
    for (const std::string& name : values) CARDMUX_TRY(save_value(backup, key, name));
    CARDMUX_TRY_ASSIGN(const auto subkeys, names_of_subkeys(key));
    for (const std::string& name : subkeys) CARDMUX_TRY(save_all_below(backup, key.child(name)));
    return success();
}

Result<void> put_back_what_is_gone(const Backup& backup, const RegistryKey& key) {
    for (const SavedValue& saved : backup.values) {
        if (saved.key != key || !saved.value) continue;
        CARDMUX_TRY_ASSIGN(const auto now, read_value(key, saved.name));
        if (!now) CARDMUX_TRY(write_value(key, saved.name, *saved.value));
    }
    return success();
}

bool is_restorable(const Backup& backup, const std::vector<RestorableKey>& keys,
                   const std::vector<std::string>& files) {
    const auto allows_value = [&keys](const SavedValue& saved) {
        return std::ranges::any_of(
            keys, [&saved](const RestorableKey& key) { return reaches_value(key, saved); });
    };
    const auto allows_key = [&keys](const RegistryKey& absent) {
        return std::ranges::any_of(keys, [&absent](const RestorableKey& key) {
            return reaches(key, absent) || absent == key.key || is_inside(key.key, absent);
        });
    };
    const auto allows_file = [&files](const std::string& file) {
        return std::ranges::any_of(
            files, [&file](const std::string& allowed) { return is_same_path(file, allowed); });
    };
    return std::ranges::all_of(backup.values, allows_value) &&
           std::ranges::all_of(backup.absent_keys, allows_key) &&
           std::ranges::all_of(backup.copied_files, allows_file);
}

Error backup_is_foreign() {
    return Error(ErrorCode::DataInvalid, "believe the backup: it names what Cardmux never changes");
}

std::vector<NotPutBack> put_back(const Backup& backup, const std::vector<RegistryKey>& own) {
    std::vector<NotPutBack> left;
    for (const SavedValue& saved : backup.values) {
        const auto outcome = put_back_value(saved);
        if (!outcome && !is_as_before(saved))
            left.push_back({to_string(saved.key) + ": " + saved.name, outcome.error()});
    }
    for (auto key = backup.absent_keys.rbegin(); key != backup.absent_keys.rend(); ++key) {
        const auto outcome = is_below(*key, own) ? remove_key(*key) : remove_key_if_empty(*key);
        if (!outcome) left.push_back({to_string(*key), outcome.error()});
    }
    return left;
}

Result<bool> is_as_before(const Backup& backup) {
    for (const SavedValue& saved : backup.values) {
        const auto value = read_value(saved.key, saved.name);
        if (!value) return value.error();
        if (*value != saved.value) return false;
    }
    return true;
}

}  // namespace cardmux::registration

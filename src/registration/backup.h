// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What was in the registry before we wrote there, so that it can be put back byte for byte: values
// with type and raw bytes, absent ones as absent, keys that were not there. In a JSON file, so that
// a person can read and repair it too. What was saved first stays: registering twice does not take
// the first registration for what was there before.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/registry_windows.h"

namespace cardmux::registration {

struct SavedValue {
    RegistryKey key;
    std::string name;
    std::optional<RegistryValue> value;  ///< none: it was absent
};

struct Backup {
    std::vector<RegistryKey> absent_keys;  ///< in the order in which they would have to be made
    std::vector<SavedValue> values;
    /// Whether Windows took the key storage provider by BCryptRegisterProvider, so that it has to
    /// be taken back the same way.
    bool was_registered_with_cng = false;
    std::vector<std::string> copied_files;  ///< that were not there before

    bool has(const RegistryKey& key, const std::string& name) const;
};

/// Notes the value, and those keys above it that do not exist, unless it is noted already.
///
/// errors    as read_value
Result<void> save_value(Backup& backup, const RegistryKey& key, const std::string& name);

/// The same for every value of the key and of those below it.
///
/// errors    as read_value
Result<void> save_all_below(Backup& backup, const RegistryKey& key);

/// Writes those of the key's own values that were there and are gone.
///
/// errors    as read_value and write_value
Result<void> put_back_what_is_gone(const Backup& backup, const RegistryKey& key);

/// One key that a restoration may touch.
struct RestorableKey {
    enum class Reach : std::uint8_t { Itself, WithAllBelow, ChildrenOnly };
    RegistryKey key;
    Reach reach = Reach::Itself;
    std::vector<std::string> names;  ///< of values; empty: all
};

/// Whether a backup names nothing but these keys and files, and keys above these that were not
/// there. A backup is a file; what restores it runs with all rights.
///
/// files    whole paths, compared without regard to case
bool is_restorable(const Backup& backup, const std::vector<RestorableKey>& keys,
                   const std::vector<std::string>& files);

/// What is not as it was before: "HKLM\\SOFTWARE\\...: Image Path", a key, a file; and why.
struct NotPutBack {
    std::string what;
    Error error;
};

/// Puts every value back, removes the keys that were not there. One that we made for a provider of
/// ours goes with all that is in it; one above it only if it is empty. What fails does not keep the
/// rest from being put back.
///
/// own       the keys that are ours alone
/// returns   what is still not as before; empty: all is
std::vector<NotPutBack> put_back(const Backup& backup, const std::vector<RegistryKey>& own);

/// Whether the registry is as the backup says.
///
/// errors    as read_value
Result<bool> is_as_before(const Backup& backup);

/// %ProgramData%\Cardmux\<name>
std::string backup_file(const std::string& name);

/// Belongs to the administrators afterwards, who alone may change it.
///
/// needs     the folder: make_folder_of_backups
/// errors    AccessDenied: not run as administrator; SystemFailed: cannot be written,
///           platform_code: Win32's
Result<void> write_backup(const std::string& file, const Backup& backup);

/// returns   none: there is no such file
/// errors    SystemFailed: cannot be read; DataInvalid: it is not what write_backup wrote, or
///           somebody else than an administrator may have written it, or it is a link
Result<std::optional<Backup>> read_backup(const std::string& file);
/// What such a DataInvalid says of the rest: is_restorable was false.
Error backup_is_foreign();

/// errors    SystemFailed
Result<void> remove_backup(const std::string& file);

}  // namespace cardmux::registration

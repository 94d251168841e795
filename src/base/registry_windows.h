// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The registry with values as they are: a type and raw bytes, or absent. Texts are UTF-8 here. All
// calls come back at once and may be made from any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace cardmux {

enum class RegistryRoot : std::uint8_t { LocalMachine, CurrentUser };

/// Which half a program sees (KEY_WOW64_64KEY, KEY_WOW64_32KEY). HKLM\SYSTEM has one half only.
enum class RegistryView : std::uint8_t { Programs64, Programs32 };

struct RegistryKey {
    RegistryRoot root = RegistryRoot::LocalMachine;
    RegistryView view = RegistryView::Programs64;
    std::string path;  ///< without the root, e.g. SOFTWARE\Microsoft\Cryptography

    RegistryKey child(const std::string& name) const;
    /// The key above; an empty path for one right below the root.
    RegistryKey parent() const;
    bool operator==(const RegistryKey&) const = default;
};

/// "HKLM\SOFTWARE\...", with " (32-bit view)" where it is that.
std::string to_string(const RegistryKey& key);

struct RegistryValue {
    std::uint32_t type = 0;  ///< REG_SZ 1, REG_BINARY 3, REG_DWORD 4, REG_MULTI_SZ 7
    Bytes data;              ///< as stored: texts are UTF-16, with their zero
    auto operator<=>(const RegistryValue&) const = default;
};

RegistryValue text_value(std::string_view text);
RegistryValue number_value(std::uint32_t number);
RegistryValue list_value(const std::vector<std::string>& texts);

/// None unless it is a REG_DWORD of four bytes.
std::optional<std::uint32_t> number_of(const RegistryValue& value);
/// None unless it is a REG_SZ or REG_EXPAND_SZ.
std::optional<std::string> text_of(const RegistryValue& value);

/// errors    AccessDenied, SystemFailed; platform_code: Win32's
Result<bool> key_exists(const RegistryKey& key);

/// returns   none: the key or the value is absent
/// errors    AccessDenied, SystemFailed; platform_code: Win32's
Result<std::optional<RegistryValue>> read_value(const RegistryKey& key, const std::string& name);

/// Makes the key too, and those above it.
///
/// errors    AccessDenied, SystemFailed; platform_code: Win32's
Result<void> write_value(const RegistryKey& key, const std::string& name,
                         const RegistryValue& value);

/// An absent one is no error.
///
/// errors    AccessDenied, SystemFailed; platform_code: Win32's
Result<void> remove_value(const RegistryKey& key, const std::string& name);

/// With all below it. An absent one is no error.
///
/// errors    AccessDenied, SystemFailed; platform_code: Win32's
Result<void> remove_key(const RegistryKey& key);

/// Only if it has neither values nor keys; else, or if it is absent, nothing happens.
///
/// errors    AccessDenied, SystemFailed; platform_code: Win32's
Result<void> remove_key_if_empty(const RegistryKey& key);

/// Empty if the key is absent.
///
/// errors    AccessDenied, SystemFailed; platform_code: Win32's
Result<std::vector<std::string>> names_of_subkeys(const RegistryKey& key);
/// The same for its values.
///
/// errors    as names_of_subkeys
Result<std::vector<std::string>> names_of_values(const RegistryKey& key);

}  // namespace cardmux

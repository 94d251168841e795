// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/registry_windows.h"

#include <windows.h>

#include <array>
#include <cstring>

#include "base/system_failure_windows.h"
#include "base/wide_text_windows.h"

namespace cardmux {
namespace {

/// Names of keys have 255 characters at most, names of values 16383 (winreg documentation).
constexpr DWORD name_characters_max = 16384;

class OpenKey {
  public:
    OpenKey() = default;
    ~OpenKey() {
        if (key_ != nullptr) RegCloseKey(key_);
    }
    OpenKey(const OpenKey&) = delete;
    OpenKey& operator=(const OpenKey&) = delete;
    HKEY get() const { return key_; }
    HKEY* place() { return &key_; }

  private:
    HKEY key_ = nullptr;
};

HKEY root_of(const RegistryKey& key) {
    return key.root == RegistryRoot::LocalMachine ? HKEY_LOCAL_MACHINE : HKEY_CURRENT_USER;
}

REGSAM view_of(const RegistryKey& key) {
    return key.view == RegistryView::Programs64 ? KEY_WOW64_64KEY : KEY_WOW64_32KEY;
}

bool is_absent(LSTATUS status) {
    return status == ERROR_FILE_NOT_FOUND || status == ERROR_PATH_NOT_FOUND;
}

Error failure_of(LSTATUS status, const char* operation) {
    return system_failure(operation, static_cast<DWORD>(status));
}

LSTATUS open(const RegistryKey& key, REGSAM rights, OpenKey& opened) {
    return RegOpenKeyExW(root_of(key), to_wide(key.path).c_str(), 0, rights | view_of(key),
                         opened.place());
}

Bytes stored(const std::wstring& text) {
    Bytes data(text.size() * sizeof(wchar_t));
    std::memcpy(data.data(), text.data(), data.size());
    return data;
}

}  // namespace

RegistryKey RegistryKey::child(const std::string& name) const {
    return {root, view, path.empty() ? name : path + "\\" + name};
}

RegistryKey RegistryKey::parent() const {
    const std::size_t end = path.rfind('\\');
    return {root, view, end == std::string::npos ? std::string() : path.substr(0, end)};
}

std::string to_string(const RegistryKey& key) {
    const char* root = key.root == RegistryRoot::LocalMachine ? "HKLM\\" : "HKCU\\";
    return root + key.path + (key.view == RegistryView::Programs32 ? " (32-bit view)" : "");
}

RegistryValue text_value(std::string_view text) {
    std::wstring wide = to_wide(text);
    wide.push_back(L'\0');
    return {REG_SZ, stored(wide)};
}

RegistryValue number_value(std::uint32_t number) {
    RegistryValue value{REG_DWORD, Bytes(sizeof number)};
    std::memcpy(value.data.data(), &number, sizeof number);
    return value;
}

RegistryValue list_value(const std::vector<std::string>& texts) {
    std::wstring wide;
    for (const std::string& text : texts) (wide += to_wide(text)).push_back(L'\0');
    wide.push_back(L'\0');
    return {REG_MULTI_SZ, stored(wide)};
}

std::optional<std::uint32_t> number_of(const RegistryValue& value) {
    std::uint32_t number = 0;
    if (value.type != REG_DWORD || value.data.size() != sizeof number) return std::nullopt;
    std::memcpy(&number, value.data.data(), sizeof number);
    return number;
}

std::optional<std::string> text_of(const RegistryValue& value) {
    if (value.type != REG_SZ && value.type != REG_EXPAND_SZ) return std::nullopt;
    std::wstring wide(value.data.size() / sizeof(wchar_t), L'\0');
    std::memcpy(wide.data(), value.data.data(), wide.size() * sizeof(wchar_t));
    return from_wide(wide.substr(0, wide.find(L'\0')));
}

Result<bool> key_exists(const RegistryKey& key) {
    OpenKey opened;
    const LSTATUS status = open(key, KEY_QUERY_VALUE, opened);
    if (is_absent(status)) return false;
    if (status != ERROR_SUCCESS) return failure_of(status, "RegOpenKeyEx");
    return true;
}

Result<std::optional<RegistryValue>> read_value(const RegistryKey& key, const std::string& name) {
    OpenKey opened;
    LSTATUS status = open(key, KEY_QUERY_VALUE, opened);
    if (is_absent(status)) return std::optional<RegistryValue>();
    if (status != ERROR_SUCCESS) return failure_of(status, "RegOpenKeyEx");
    const std::wstring wide = to_wide(name);
    RegistryValue value;
    DWORD type = 0;
    DWORD size = 0;
    status = RegQueryValueExW(opened.get(), wide.c_str(), nullptr, &type, nullptr, &size);
    // Another program may make it longer between the two calls.
    while (status == ERROR_SUCCESS || status == ERROR_MORE_DATA) {
        value.data.resize(size + 1);  // never empty: a null pointer would ask for the size
        DWORD got = size + 1;
        status =
            RegQueryValueExW(opened.get(), wide.c_str(), nullptr, &type, value.data.data(), &got);
        size = got;
        if (status == ERROR_SUCCESS) break;
    }
    if (is_absent(status)) return std::optional<RegistryValue>();
    if (status != ERROR_SUCCESS) return failure_of(status, "RegQueryValueEx");
    value.type = type;
    value.data.resize(size);
    return std::optional<RegistryValue>(std::move(value));
}

Result<void> write_value(const RegistryKey& key, const std::string& name,
                         const RegistryValue& value) {
    OpenKey opened;
    LSTATUS status =
        RegCreateKeyExW(root_of(key), to_wide(key.path).c_str(), 0, nullptr, 0,
                        KEY_SET_VALUE | view_of(key), nullptr, opened.place(), nullptr);
    if (status != ERROR_SUCCESS) return failure_of(status, "RegCreateKeyEx");
    status = RegSetValueExW(opened.get(), to_wide(name).c_str(), 0, value.type, value.data.data(),
                            static_cast<DWORD>(value.data.size()));
    if (status != ERROR_SUCCESS) return failure_of(status, "RegSetValueEx");
    return success();
}

Result<void> remove_value(const RegistryKey& key, const std::string& name) {
    OpenKey opened;
    LSTATUS status = open(key, KEY_SET_VALUE, opened);
    if (is_absent(status)) return success();
    if (status != ERROR_SUCCESS) return failure_of(status, "RegOpenKeyEx");
    status = RegDeleteValueW(opened.get(), to_wide(name).c_str());
    if (status != ERROR_SUCCESS && !is_absent(status)) return failure_of(status, "RegDeleteValue");
    return success();
}

Result<std::vector<std::string>> names_of_subkeys(const RegistryKey& key) {
    std::vector<std::string> names;
    OpenKey opened;
    LSTATUS status = open(key, KEY_ENUMERATE_SUB_KEYS, opened);
    if (is_absent(status)) return names;
    if (status != ERROR_SUCCESS) return failure_of(status, "RegOpenKeyEx");
    std::array<wchar_t, 256> name{};
    for (DWORD index = 0;; ++index) {
        auto size = static_cast<DWORD>(name.size());
        status = RegEnumKeyExW(opened.get(), index, name.data(), &size, nullptr, nullptr, nullptr,
                               nullptr);
        if (status == ERROR_NO_MORE_ITEMS) return names;
        if (status != ERROR_SUCCESS) return failure_of(status, "RegEnumKeyEx");
        names.push_back(from_wide({name.data(), size}));
    }
}

Result<std::vector<std::string>> names_of_values(const RegistryKey& key) {
    std::vector<std::string> names;
    OpenKey opened;
    LSTATUS status = open(key, KEY_QUERY_VALUE, opened);
    if (is_absent(status)) return names;
    if (status != ERROR_SUCCESS) return failure_of(status, "RegOpenKeyEx");
    std::vector<wchar_t> name(name_characters_max);
    for (DWORD index = 0;; ++index) {
        DWORD size = name_characters_max;
        status = RegEnumValueW(opened.get(), index, name.data(), &size, nullptr, nullptr, nullptr,
                               nullptr);
        if (status == ERROR_NO_MORE_ITEMS) return names;
        if (status != ERROR_SUCCESS) return failure_of(status, "RegEnumValue");
        names.push_back(from_wide({name.data(), size}));
    }
}

Result<void> remove_key(const RegistryKey& key) {
    CARDMUX_TRY_ASSIGN(const auto subkeys, names_of_subkeys(key));
    for (const std::string& name : subkeys) CARDMUX_TRY(remove_key(key.child(name)));
    const LSTATUS status =
        RegDeleteKeyExW(root_of(key), to_wide(key.path).c_str(), view_of(key), 0);
    if (status != ERROR_SUCCESS && !is_absent(status)) return failure_of(status, "RegDeleteKeyEx");
    return success();
}

Result<void> remove_key_if_empty(const RegistryKey& key) {
    CARDMUX_TRY_ASSIGN(const auto subkeys, names_of_subkeys(key));
    CARDMUX_TRY_ASSIGN(const auto values, names_of_values(key));
    return subkeys.empty() && values.empty() ? remove_key(key) : success();
}

}  // namespace cardmux

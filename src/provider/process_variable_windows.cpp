// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include <string_view>

#include "base/registry_windows.h"
#include "base/wide_text_windows.h"
#include "provider/process_variable.h"

namespace cardmux::provider {
namespace {

/// The stronger half of a token that UAC has split.
bool has_full_token() {
    HANDLE token = nullptr;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return true;
    TOKEN_ELEVATION_TYPE type = TokenElevationTypeDefault;
    DWORD size = 0;
    const BOOL known = GetTokenInformation(token, TokenElevationType, &type, sizeof type, &size);
    CloseHandle(token);
    return !known || type == TokenElevationTypeFull;
}

/// Where UAC is off no token is split. (Wine says "full" there all the same.)
bool are_tokens_split() {
    const RegistryKey policies{RegistryRoot::LocalMachine, RegistryView::Programs64,
                               R"(SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System)"};
    const auto found = read_value(policies, "EnableLUA");
    const auto on = found && *found ? number_of(**found) : std::nullopt;
    return on.value_or(1) != 0;
}

bool is_environment_trusted() {
    return !has_full_token() || !are_tokens_split();
}

/// getenv gives the ANSI code page, and what was set when the C runtime started.
const char* variable(const char* name) {
    static thread_local std::string value;
    constexpr std::size_t longest = 32767;  // Win32 "GetEnvironmentVariableW"
    std::wstring wide(longest, L'\0');
    const DWORD size =
        GetEnvironmentVariableW(to_wide(name).c_str(), wide.data(), static_cast<DWORD>(longest));
    if (size == 0 || size >= longest) return nullptr;
    value = from_wide(std::wstring_view(wide.data(), size));
    return value.c_str();
}

/// The process's environment, given back at the end: NAME=VALUE, each with a zero.
class Block {
  public:
    Block() : block_(GetEnvironmentStringsW()) {}
    ~Block() {
        if (block_ != nullptr) FreeEnvironmentStringsW(block_);
    }
    Block(const Block&) = delete;
    Block& operator=(const Block&) = delete;
    const wchar_t* begin() const { return block_ == nullptr ? L"" : block_; }

  private:
    wchar_t* block_;
};

}  // namespace

const char* process_variable(const char* name) {
    return is_environment_trusted() ? variable(name) : nullptr;
}

std::string ignored_variables() {
    if (is_environment_trusted()) return {};
    std::string names;
    const Block block;
    for (std::wstring_view entry = block.begin(); !entry.empty();
         entry = std::wstring_view(entry.data() + entry.size() + 1)) {
        if (!entry.starts_with(L"CARDMUX_")) continue;
        if (!names.empty()) names += ' ';
        names += from_wide(entry.substr(0, entry.find(L'=')));
    }
    return names;
}

}  // namespace cardmux::provider

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include <optional>

#include "api/windows/logon_domain.h"

namespace cardmux::api {
namespace {

/// A handle of the system's, closed at the end.
class Token {
  public:
    Token() = default;
    ~Token() {
        if (handle_ != nullptr) CloseHandle(handle_);
    }
    Token(const Token&) = delete;
    Token& operator=(const Token&) = delete;

    /// The thread's own token if it impersonates somebody, else the process's. The thread's is
    /// opened with the rights of the process: the person impersonated may not look at it. If it
    /// cannot be opened (an anonymous one never can), the process's is not its caller's.
    bool open() {
        if (OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &handle_)) return true;
        handle_ = nullptr;
        return GetLastError() == ERROR_NO_TOKEN &&
               OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &handle_);
    }
    HANDLE get() const { return handle_; }

  private:
    HANDLE handle_ = nullptr;
};

/// The logon session's number (LUID), unique until the system is started again. None: nobody can
/// tell who calls.
std::optional<std::uint64_t> logon_session() {
    Token token;
    TOKEN_STATISTICS statistics{};
    DWORD size = 0;
    if (!token.open() ||
        !GetTokenInformation(token.get(), TokenStatistics, &statistics, sizeof statistics, &size))
        return std::nullopt;
    const LUID& id = statistics.AuthenticationId;
    return std::uint64_t{static_cast<std::uint32_t>(id.HighPart)} << 32 | id.LowPart;
}

constexpr unsigned interface_shift = 56;

/// PKCS#11 has no top byte.
std::uint64_t number_of(WindowsInterface api) {
    return api == WindowsInterface::Csp ? 1 : 2;
}

}  // namespace

token::DomainId current_logon_domain(WindowsInterface api) {
    constexpr std::uint64_t luid_mask = (std::uint64_t{1} << interface_shift) - 1;
    const std::optional<std::uint64_t> session = logon_session();
    if (!session) return token::unknown_domain;
    return number_of(api) << interface_shift | (*session & luid_mask);
}

}  // namespace cardmux::api

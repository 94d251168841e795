// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fmt/core.h>
#include <windows.h>

#include <nlohmann/json.hpp>

#include "base/wide_text_windows.h"
#include "tool/answer.h"
#include "tool/windows/commands.h"

namespace cardmux::tool::windows {

std::string text_of_code(std::int64_t code) {
    wchar_t* words = nullptr;
    const DWORD size = FormatMessageW(
        FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
        nullptr, static_cast<DWORD>(code), 0, reinterpret_cast<wchar_t*>(&words), 0, nullptr);
    std::string text = size == 0 ? std::string() : from_wide({words, size});
    LocalFree(words);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    const std::string number = fmt::format("0x{:08X}", static_cast<std::uint32_t>(code));
    return text.empty() ? number : number + ": " + text;
}

ExitCode report_windows_error(const std::string& do_what, const Error& error) {
    if (error.platform_code == 0) return report_error("cannot " + do_what, error);
    const std::string what = fmt::format("cannot {}: {}: {}", do_what, error.operation,
                                         text_of_code(error.platform_code));
    const bool denied = error.code == ErrorCode::AccessDenied;
    const ExitCode code = report_problem(ExitCode::Failed, what,
                                         denied ? "run this as administrator (right click on the "
                                                  "command prompt, Run as administrator)"
                                                : "`cardmux doctor` shows what is there");
    return code;
}

ExitCode report_not_put_back(const std::string& do_what, const Error& error,
                             const std::vector<registration::NotPutBack>& left) {
    if (left.empty()) return report_windows_error(do_what + " (nothing is changed)", error);
    nlohmann::json list = nlohmann::json::array();
    std::string what = fmt::format("cannot {}: {}: {}; as before is all but", do_what,
                                   error.operation, text_of_code(error.platform_code));
    for (const registration::NotPutBack& one : left) {
        list.push_back(one.what);
        what += fmt::format("\n    {} ({}: {})", one.what, one.error.operation,
                            text_of_code(one.error.platform_code));
    }
    give_answer({{"not_put_back", list}});
    return report_problem(ExitCode::Failed, what,
                          "find out what keeps these (rights? a group policy?), then do it again: "
                          "the backup is still there");
}

ExitCode report_backup_problem(const std::string& file, const Error& error) {
    if (error.code != ErrorCode::DataInvalid) return report_windows_error("use " + file, error);
    return report_problem(
        ExitCode::Failed, fmt::format("cannot {}: {}; nothing is changed", error.operation, file),
        "look at the file (it is JSON): what it says may be a trap. Delete it, or "
        "put the values back by hand");
}

}  // namespace cardmux::tool::windows

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include <algorithm>
#include <array>

#include "base/wide_text_windows.h"
#include "tool/windows/pin_file.h"

namespace cardmux::tool::windows {

namespace {

constexpr std::size_t pin_size_max = 256;

bool is_blank(std::uint8_t byte) {
    return byte == ' ' || byte == '\t';
}

/// What an editor or a shell adds to a PIN without showing it. Each would cost one of the card's
/// tries.
const char* why_no_pin(ByteView file, ByteView line) {
    const auto begins = [file](std::uint8_t first, std::uint8_t second) {
        return file.size() >= 2 && file[0] == first && file[1] == second;
    };
    const bool is_wide = begins(0xFF, 0xFE) || begins(0xFE, 0xFF) ||
                         std::ranges::find(file, std::uint8_t{0}) != file.end();
    if (is_wide) return "take the PIN from a file in UTF-16: save it as ANSI or ASCII";
    if (begins(0xEF, 0xBB))
        return "take the PIN from a file with a byte order mark: save it as ANSI or ASCII";
    if (line.empty()) return "take the PIN from a file whose first line is empty";
    if (line.size() > pin_size_max) return "take a PIN of more than 256 bytes";
    if (is_blank(line.front()) || is_blank(line.back()))
        return "take a PIN with a blank before or behind it";
    return nullptr;
}

}  // namespace

Result<SecretBytes> read_pin_file(const std::string& file) {
    const HANDLE handle = CreateFileW(to_wide(file).c_str(), GENERIC_READ, FILE_SHARE_READ, nullptr,
                                      OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
    const auto failure = [] {
        return Error(ErrorCode::SystemFailed, "read the PIN's file")
            .with_platform_code(static_cast<std::int64_t>(GetLastError()));
    };
    if (handle == INVALID_HANDLE_VALUE) return failure();
    std::array<std::uint8_t, pin_size_max + 2> content{};  // the longest PIN and its line's end
    DWORD size = 0;
    const BOOL worked =
        ReadFile(handle, content.data(), static_cast<DWORD>(content.size()), &size, nullptr);
    const Error not_read = failure();
    CloseHandle(handle);
    if (worked == 0) return not_read;
    const auto* end = std::find_if(content.data(), content.data() + size,
                                   [](std::uint8_t byte) { return byte == '\n' || byte == '\r'; });
    const auto length = static_cast<std::size_t>(end - content.data());
    const char* problem =
        why_no_pin(ByteView(content.data(), size), ByteView(content.data(), length));
    SecretBytes pin(ByteView(content.data(), length));
    wipe(content);
    if (problem != nullptr) return Error(ErrorCode::PinFormatInvalid, problem);
    return pin;
}

}  // namespace cardmux::tool::windows

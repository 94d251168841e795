// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include <algorithm>
#include <array>

#include "base/wide_text_windows.h"
#include "tool/windows/pin_file.h"

namespace cardmux::tool::windows {

Result<SecretBytes> read_pin_file(const std::string& file) {
    const HANDLE handle = CreateFileW(to_wide(file).c_str(), GENERIC_READ, FILE_SHARE_READ, nullptr,
                                      OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
    const auto failure = [] {
        return Error(ErrorCode::SystemFailed, "read the PIN's file")
            .with_platform_code(static_cast<std::int64_t>(GetLastError()));
    };
    if (handle == INVALID_HANDLE_VALUE) return failure();
    std::array<std::uint8_t, 258> content{};  // the longest PIN and its line's end
    DWORD size = 0;
    const BOOL worked =
        ReadFile(handle, content.data(), static_cast<DWORD>(content.size()), &size, nullptr);
    const Error not_read = failure();
    CloseHandle(handle);
    if (worked == 0) return not_read;
    const auto* end = std::find_if(content.data(), content.data() + size,
                                   [](std::uint8_t byte) { return byte == '\n' || byte == '\r'; });
    const auto length = static_cast<std::size_t>(end - content.data());
    SecretBytes pin(ByteView(content.data(), length));
    wipe(content);
    if (length == 0 || length > 256)
        return Error(ErrorCode::PinFormatInvalid, "read the PIN's file");
    return pin;
}

}  // namespace cardmux::tool::windows

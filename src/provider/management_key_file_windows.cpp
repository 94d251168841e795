// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include <array>

#include "base/file_owner_windows.h"
#include "base/wide_text_windows.h"
#include "provider/management_key_file.h"

namespace cardmux::provider {
namespace {

constexpr std::size_t file_size_max = 256;

struct File {
    explicit File(const std::string& path)
        : handle(CreateFileW(to_wide(path).c_str(), GENERIC_READ | READ_CONTROL, FILE_SHARE_READ,
                             nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr)) {}
    ~File() {
        if (handle != INVALID_HANDLE_VALUE) CloseHandle(handle);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    HANDLE handle;
};

Error failed(const char* what) {
    return Error(ErrorCode::ManagementKeyRequired, what).with_platform_code(GetLastError());
}

}  // namespace

/// Not by a stream: its buffer would keep a copy of the key.
Result<SecretBytes> read_management_key(const std::string& path) {
    const File file(path);
    if (file.handle == INVALID_HANDLE_VALUE) return failed("open management_key_file");
    if (!is_owner_trusted(file.handle))
        return Error(ErrorCode::ManagementKeyRequired, "management_key_file is another user's");
    std::array<std::uint8_t, file_size_max> text{};
    DWORD size = 0;
    if (!ReadFile(file.handle, text.data(), static_cast<DWORD>(text.size()), &size, nullptr))
        return failed("read management_key_file");
    auto key = parse_management_key({reinterpret_cast<const char*>(text.data()), size});
    wipe(text);
    return key;
}

}  // namespace cardmux::provider

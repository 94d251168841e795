// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include "base/log.h"
#include "base/wide_text_windows.h"

namespace cardmux {
namespace {

class FileLog final : public LogSink {
  public:
    FileLog(HANDLE file, bool owned, LogLevel level) : file_(file), owned_(owned), level_(level) {}
    ~FileLog() override {
        if (owned_) CloseHandle(file_);
    }
    FileLog(const FileLog&) = delete;
    FileLog& operator=(const FileLog&) = delete;

    bool wants(LogLevel level) const override { return level <= level_; }

    /// One write a line: with FILE_APPEND_DATA the lines of several processes do not mix.
    void write(LogLevel, std::string_view line) override {
        const std::string whole = std::string(line) + "\r\n";
        DWORD written = 0;
        (void)WriteFile(file_, whole.data(), static_cast<DWORD>(whole.size()), &written, nullptr);
    }

  private:
    HANDLE file_;
    bool owned_;
    LogLevel level_;
};

}  // namespace

std::unique_ptr<LogSink> open_log_file(const std::string& path, LogLevel level) {
    if (path == "-") {
        HANDLE standard_error = GetStdHandle(STD_ERROR_HANDLE);
        if (standard_error == nullptr || standard_error == INVALID_HANDLE_VALUE) return nullptr;
        return std::make_unique<FileLog>(standard_error, false, level);
    }
    HANDLE file = CreateFileW(to_wide(path).c_str(), FILE_APPEND_DATA,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                              OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) return nullptr;
    return std::make_unique<FileLog>(file, true, level);
}

}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"

namespace cardmux {
namespace {

class FileLog final : public LogSink {
  public:
    FileLog(int descriptor, bool owned, LogLevel level)
        : descriptor_(descriptor), owned_(owned), level_(level) {}
    ~FileLog() override {
        if (owned_) close(descriptor_);
    }
    FileLog(const FileLog&) = delete;
    FileLog& operator=(const FileLog&) = delete;

    bool wants(LogLevel level) const override { return level <= level_; }

    /// One write a line: with O_APPEND the lines of several processes do not mix.
    void write(LogLevel, std::string_view line) override {
        const std::string whole = std::string(line) + "\n";
        [[maybe_unused]] const ssize_t written = ::write(descriptor_, whole.data(), whole.size());
    }

  private:
    int descriptor_;
    bool owned_;
    LogLevel level_;
};

}  // namespace

std::unique_ptr<LogSink> open_log_file(const std::string& path, LogLevel level) {
    if (path == "-") return std::make_unique<FileLog>(STDERR_FILENO, false, level);
    const int descriptor = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) return nullptr;
    return std::make_unique<FileLog>(descriptor, true, level);
}

}  // namespace cardmux

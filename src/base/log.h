// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Logging: one structured line an event, "key=value" pairs, to whoever wants them. There is no way
// to log a SecretBytes, and APDUs are logged by their header only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cardmux {

enum class LogLevel : unsigned char { Error, Warning, Info, Debug };

/// Where lines go. Called by any thread, never with a lock of ours held that ranks above
/// LockRank::Log.
class LogSink {
  public:
    virtual ~LogSink() = default;
    virtual bool wants(LogLevel level) const = 0;
    virtual void write(LogLevel level, std::string_view line) = 0;
};

/// Throws every line away.
LogSink& silent_log();

/// Appends lines to a file, or to standard error for "-". Null if the file cannot be opened.
std::unique_ptr<LogSink> open_log_file(const std::string& path, LogLevel level);

/// Builds one line and writes it when it goes out of scope:
///     LogLine(log, LogLevel::Info, "sign").with("reader", name).with("wait_ms", 3.2);
/// Never throws: a line for which there is no memory, or whose sink fails, is lost, and what it
/// tells of goes on.
class LogLine {
  public:
    LogLine(LogSink& sink, LogLevel level, const char* event);
    ~LogLine();
    LogLine(const LogLine&) = delete;
    LogLine& operator=(const LogLine&) = delete;

    LogLine& with(const char* key, std::string_view text);
    LogLine& with(const char* key, const char* text) { return with(key, std::string_view(text)); }
    LogLine& with(const char* key, const std::string& text) {
        return with(key, std::string_view(text));
    }
    LogLine& with(const char* key, std::uint64_t number);
    LogLine& with(const char* key, double number);
    LogLine& with(const Error& error);

  private:
    template <typename Step>
    LogLine& attempt(Step step) noexcept;

    LogSink& sink_;
    LogLevel level_;
    bool wanted_ = false;
    std::string line_;
};

}  // namespace cardmux

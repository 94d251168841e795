// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/log.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/clock.h"

namespace cardmux {
namespace {

class SilentLog final : public LogSink {
  public:
    bool wants(LogLevel) const override { return false; }
    void write(LogLevel, std::string_view) override {}
};

const char* text_of(LogLevel level) {
    switch (level) {
        case LogLevel::Error:
            return "error";
        case LogLevel::Warning:
            return "warning";
        case LogLevel::Info:
            return "info";
        case LogLevel::Debug:
            return "debug";
    }
    return "?";
}

/// Line ends, escape sequences and the like: texts of readers and cards must not write our log.
bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool needs_quotes(std::string_view text) {
    return text.empty() || text.find_first_of(" \"=\\") != std::string_view::npos ||
           std::ranges::any_of(text, is_control);
}

void append_quoted(std::string& line, std::string_view text) {
    line += '"';
    for (char c : text) {
        if (c == '"' || c == '\\') line += '\\';
        line += is_control(c) ? ' ' : c;
    }
    line += '"';
}

}  // namespace

LogSink& silent_log() {
    // Never destroyed: threads may log while the process exits.
    static SilentLog* const log = new SilentLog;
    return *log;
}

/// Does what may throw, if the line is wanted still.
template <typename Step>
LogLine& LogLine::attempt(Step step) noexcept {
    if (!wanted_) return *this;
    try {
        step();
    } catch (...) {
        wanted_ = false;
    }
    return *this;
}

LogLine::LogLine(LogSink& sink, LogLevel level, const char* event) : sink_(sink), level_(level) {
    wanted_ = true;
    attempt([&] { wanted_ = sink.wants(level); });
    attempt([&] {
        std::array<char, 40> time{};
        std::snprintf(time.data(), time.size(), "time=%.6f", wall_clock_seconds());
        line_ = time.data();
        with("level", text_of(level)).with("event", event);
    });
}

LogLine::~LogLine() {
    attempt([&] { sink_.write(level_, line_); });
}

LogLine& LogLine::with(const char* key, std::string_view text) {
    return attempt([&] {
        line_ += ' ';
        line_ += key;
        line_ += '=';
        if (needs_quotes(text)) {
            append_quoted(line_, text);
        } else {
            line_ += text;
        }
    });
}

LogLine& LogLine::with(const char* key, std::uint64_t number) {
    return attempt([&] { with(key, std::to_string(number)); });
}

LogLine& LogLine::with(const char* key, double number) {
    return attempt([&] {
        std::array<char, 40> text{};
        std::snprintf(text.data(), text.size(), "%.3f", number);
        with(key, text.data());
    });
}

LogLine& LogLine::with(const Error& error) {
    return attempt([&] {
        with("error", name_of(error.code)).with("message", to_string(error));
        const std::string_view file(error.file);
        const auto slash = file.rfind('/');
        const auto name = slash == std::string_view::npos ? file : file.substr(slash + 1);
        with("at", std::string(name) + ":" + std::to_string(error.line));
    });
}

}  // namespace cardmux

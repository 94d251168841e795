// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/log.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <limits>
#include <new>
#include <vector>

namespace cardmux {
namespace {

class RecordingLog final : public LogSink {
  public:
    explicit RecordingLog(LogLevel level = LogLevel::Debug) : level_(level) {}
    bool wants(LogLevel level) const override { return level <= level_; }
    void write(LogLevel, std::string_view line) override { lines.emplace_back(line); }
    std::vector<std::string> lines;

  private:
    LogLevel level_;
};

/// The line without its time.
std::string line_with(std::string_view value) {
    RecordingLog log;
    LogLine(log, LogLevel::Info, "test").with("value", value);
    const std::string& line = log.lines.at(0);
    return line.substr(line.find(' ') + 1);
}

TEST(LogLine, begins_with_time_level_and_event) {
    RecordingLog log;
    LogLine(log, LogLevel::Warning, "sign");
    ASSERT_EQ(log.lines.size(), 1U);
    EXPECT_TRUE(log.lines[0].starts_with("time="));
    EXPECT_TRUE(log.lines[0].ends_with(" level=warning event=sign"));
}

TEST(LogLine, writes_plain_values_as_they_are) {
    EXPECT_EQ(line_with("00:1a/Reader_0"), "level=info event=test value=00:1a/Reader_0");
    EXPECT_EQ(line_with("Grüße"), "level=info event=test value=Grüße");
}

TEST(LogLine, quotes_values_that_could_be_taken_for_something_else) {
    EXPECT_EQ(line_with(""), "level=info event=test value=\"\"");
    EXPECT_EQ(line_with("a b"), "level=info event=test value=\"a b\"");
    EXPECT_EQ(line_with("a=b"), "level=info event=test value=\"a=b\"");
    EXPECT_EQ(line_with("say \"no\""), "level=info event=test value=\"say \\\"no\\\"\"");
    EXPECT_EQ(line_with("a\\b"), "level=info event=test value=\"a\\\\b\"");
}

// Reader names and certificates are written by strangers.
TEST(LogLine, lets_no_value_begin_a_new_line_or_steer_the_terminal) {
    for (int c = 0; c < 0x20; ++c) {
        const std::string line = line_with(std::string("a") + static_cast<char>(c) + "b");
        EXPECT_EQ(line, "level=info event=test value=\"a b\"") << c;
    }
    EXPECT_EQ(line_with("a\x7f"
                        "b"),
              "level=info event=test value=\"a b\"");
}

TEST(LogLine, writes_numbers) {
    RecordingLog log;
    LogLine(log, LogLevel::Info, "test")
        .with("count", std::numeric_limits<std::uint64_t>::max())
        .with("wait_ms", 3.25);
    EXPECT_NE(log.lines.at(0).find(" count=18446744073709551615 wait_ms=3.250"), std::string::npos);
}

TEST(LogLine, writes_errors_with_name_message_and_place) {
    RecordingLog log;
    LogLine(log, LogLevel::Error, "test").with(Error(ErrorCode::CardAbsent, "connect"));
    EXPECT_NE(log.lines.at(0).find("error=CardAbsent message=\"connect: CardAbsent: insert the "
                                   "card\" at=log_test.cpp:"),
              std::string::npos)
        << log.lines.at(0);
}

TEST(LogLine, writes_nothing_that_the_sink_does_not_want) {
    RecordingLog log(LogLevel::Warning);
    LogLine(log, LogLevel::Info, "test").with("key", "value").with("number", 1.0);
    EXPECT_TRUE(log.lines.empty());
    EXPECT_FALSE(silent_log().wants(LogLevel::Error));
}

class ThrowingLog final : public LogSink {
  public:
    explicit ThrowingLog(bool already_when_asked) : already_when_asked_(already_when_asked) {}
    bool wants(LogLevel) const override {
        if (already_when_asked_) throw std::bad_alloc();
        return true;
    }
    void write(LogLevel, std::string_view) override { throw std::bad_alloc(); }

  private:
    bool already_when_asked_;
};

TEST(LogLine, is_lost_and_nothing_else_where_its_sink_throws) {
    for (const bool already_when_asked : {false, true}) {
        ThrowingLog log(already_when_asked);
        LogLine(log, LogLevel::Error, "test").with("key", "value").with("number", 1.0);
    }
}

TEST(LogFile, is_appended_to_line_by_line) {
    const std::string path = testing::TempDir() + "cardmux_log_test.txt";
    std::remove(path.c_str());
    for (const char* event : {"first", "second"}) {
        const auto log = open_log_file(path, LogLevel::Info);
        ASSERT_NE(log, nullptr);
        LogLine(*log, LogLevel::Info, event);
        LogLine(*log, LogLevel::Debug, "not wanted");
    }
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    file.close();
    std::remove(path.c_str());
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_TRUE(lines[0].ends_with("event=first"));
    EXPECT_TRUE(lines[1].ends_with("event=second"));
}

TEST(LogFile, is_null_where_it_cannot_be_opened) {
    EXPECT_EQ(open_log_file("/no/such/folder/log.txt", LogLevel::Info), nullptr);
}

}  // namespace
}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "windows/event_log_windows.h"

#include <windows.h>

#include "base/wide_text_windows.h"

namespace cardmux::windows {
namespace {

WORD type_of(LogLevel level) {
    switch (level) {
        case LogLevel::Error:
            return EVENTLOG_ERROR_TYPE;
        case LogLevel::Warning:
            return EVENTLOG_WARNING_TYPE;
        case LogLevel::Info:
        case LogLevel::Debug:
            return EVENTLOG_INFORMATION_TYPE;
    }
    return EVENTLOG_INFORMATION_TYPE;
}

/// Shows the text alone: dll/events.mc.
constexpr DWORD event_id = 1;

}  // namespace

void write_event(LogLevel level, const std::string& text) {
    HANDLE source = RegisterEventSourceW(nullptr, L"Cardmux");
    if (source == nullptr) return;
    const std::wstring wide = to_wide(text);
    const wchar_t* strings[] = {wide.c_str()};
    (void)ReportEventW(source, type_of(level), 0, event_id, nullptr, 1, 0, strings, nullptr);
    DeregisterEventSource(source);
}

}  // namespace cardmux::windows

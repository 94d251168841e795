// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/windows/process_ksp_windows.h"

#include <windows.h>

#include "api/windows/certificate_store_windows.h"
#include "api/windows/logon_domain.h"
#include "api/windows/pin_dialog.h"
#include "transport/reader_icon_windows.h"
#include "windows/module_windows.h"
#include "windows/process_world_windows.h"

namespace cardmux::ksp {
namespace {

/// The process's log as it is now: it is silent until the first card is asked for.
class ProcessLog final : public LogSink {
  public:
    bool wants(LogLevel level) const override { return windows::process_log().wants(level); }
    void write(LogLevel level, std::string_view line) override {
        windows::process_log().write(level, line);
    }
};

Result<std::uint64_t> make_store(const std::vector<container::CardInReader>& cards) {
    CARDMUX_TRY_ASSIGN(const std::uintptr_t store,
                       api::make_certificate_store(cards, {api::ksp_name, 0, false}));
    return std::uint64_t{store};
}

HANDLE handle_of(std::uint64_t event) {
    return reinterpret_cast<HANDLE>(static_cast<std::uintptr_t>(event));
}

EventCalls system_events() {
    EventCalls calls;
    calls.make = []() -> Result<std::uint64_t> {
        const HANDLE event = CreateEventW(nullptr, FALSE, FALSE, nullptr);
        if (event == nullptr)
            return Error(ErrorCode::SystemFailed, "make an event")
                .with_platform_code(GetLastError());
        return std::uint64_t{reinterpret_cast<std::uintptr_t>(event)};
    };
    calls.signal = [](std::uint64_t event) { SetEvent(handle_of(event)); };
    calls.close = [](std::uint64_t event) { CloseHandle(handle_of(event)); };
    return calls;
}

KspWorld windows_world() {
    windows::pin_this_module();
    KspWorld world;
    world.provider = windows::process_provider;
    world.prompt = api::make_pin_dialog();
    world.domain = [] { return api::current_logon_domain(api::WindowsInterface::Ksp); };
    world.settings = [](const std::string& name) {
        return api::read_provider_settings(api::WindowsInterface::Ksp, name);
    };
    world.thread_number = [] { return std::uint64_t{GetCurrentThreadId()}; };
    world.make_store = make_store;
    world.events = system_events();
    world.reader_icon = transport::reader_icon;
    static ProcessLog log;
    world.log = &log;
    return world;
}

}  // namespace

Ksp& process_ksp() {
    static Ksp& ksp = *new Ksp(windows_world());
    return ksp;
}

}  // namespace cardmux::ksp

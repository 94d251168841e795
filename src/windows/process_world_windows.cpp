// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "windows/process_world_windows.h"

#include <windows.h>

#include <array>
#include <atomic>
#include <string>

#include "base/acting_for_process.h"
#include "base/sync.h"
#include "base/wide_text_windows.h"
#include "transport/transport.h"
#include "windows/event_log_windows.h"
#include "windows/module_windows.h"

namespace cardmux::windows {
namespace {

struct World {
    std::shared_ptr<provider::Provider> provider;
    std::shared_ptr<LogSink> log;
    std::string problem;  ///< with the settings, as the event log has it
};

/// Never destroyed: see note_process_end.
Guarded<World>& world() {
    static auto& the_world = *new Guarded<World>(LockRank::ModuleState);
    return the_world;
}

std::atomic<bool> is_ending{false};

/// A variable as UTF-8, null if there is none. Valid until the next call; under the world's lock.
/// (getenv gives the ANSI code page, and what was set when the C runtime started.)
const char* variable(const char* name) {
    static auto& value = *new std::string;
    constexpr std::size_t longest = 32767;  // Win32 "GetEnvironmentVariableW"
    std::wstring wide(longest, L'\0');
    const DWORD size =
        GetEnvironmentVariableW(to_wide(name).c_str(), wide.data(), static_cast<DWORD>(longest));
    if (size == 0 || size >= longest) return nullptr;
    value = from_wide(std::wstring_view(wide.data(), size));
    return value.c_str();
}

std::shared_ptr<LogSink> open_log(const provider::Settings& settings) {
    if (settings.log_file.empty()) return nullptr;
    return open_log_file(settings.log_file, settings.log_level);
}

Result<std::shared_ptr<provider::Provider>> make_provider(World& target, std::string& problem) {
    CARDMUX_TRY_ASSIGN(const provider::Settings settings,
                       provider::load_settings(&variable, problem));
    provider::Environment environment;
    environment.transport = transport::make_pcsc_transport();
    environment.log = open_log(settings);
    const std::shared_ptr<LogSink> log = environment.log;
    CARDMUX_TRY_ASSIGN(target.provider,
                       provider::Provider::create(std::move(environment), settings));
    target.log = log;
    return target.provider;
}

}  // namespace

Result<std::shared_ptr<provider::Provider>> process_provider() {
    if (is_ending) return Error(ErrorCode::ShuttingDown, "use the process's provider");
    pin_this_module();
    const ActingForProcess process;
    auto world_of_process = world().lock();
    if (world_of_process->provider != nullptr) return world_of_process->provider;
    std::string problem;
    auto made = make_provider(*world_of_process, problem);
    // Once, and not again for every call of a program that goes on all the same.
    if (problem != world_of_process->problem) {
        if (!problem.empty()) write_event(LogLevel::Error, "Settings: " + problem);
        world_of_process->problem = problem;
    }
    return made;
}

LogSink& process_log() {
    auto world_of_process = world().lock();
    return world_of_process->log ? *world_of_process->log : silent_log();
}

bool process_is_ending() noexcept {
    return is_ending;
}

void note_process_end() {
    is_ending = true;
}

}  // namespace cardmux::windows

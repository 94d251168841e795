// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "windows/process_world_windows.h"

#include <atomic>
#include <string>

#include "base/acting_for_process.h"
#include "base/sync.h"
#include "provider/process_variable.h"
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

/// An administrator who set them would else wait for what they should do.
void tell_of_ignored_variables(LogSink* log) {
    const std::string names = provider::ignored_variables();
    if (names.empty()) return;
    write_event(
        LogLevel::Warning,
        "Settings in the environment are not used by a program whose rights were raised: " + names);
    if (log != nullptr) {
        LogLine(*log, LogLevel::Warning, "environment")
            .with("ignored", names)
            .with("why", "raised rights");
    }
}

std::shared_ptr<LogSink> open_log(const provider::Settings& settings) {
    if (settings.log_file.empty()) return nullptr;
    return open_log_file(settings.log_file, settings.log_level);
}

Result<std::shared_ptr<provider::Provider>> make_provider(World& target, std::string& problem) {
    CARDMUX_TRY_ASSIGN(const provider::Settings settings,
                       provider::load_settings(&provider::process_variable, problem));
    provider::Environment environment;
    environment.transport = transport::make_pcsc_transport();
    environment.log = open_log(settings);
    const std::shared_ptr<LogSink> log = environment.log;
    CARDMUX_TRY_ASSIGN(target.provider,
                       provider::Provider::create(std::move(environment), settings));
    target.log = log;
    tell_of_ignored_variables(log.get());
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

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <cstdio>
#include <string>

#include "api/pkcs11/module/module_environment.h"
#include "api/pkcs11/module/module_world.h"

namespace cardmux::pkcs11 {
namespace {

std::shared_ptr<LogSink> open_log(const provider::Settings& settings) {
    std::shared_ptr<LogSink> log;
    if (!settings.log_file.empty()) log = open_log_file(settings.log_file, settings.log_level);
    if (log == nullptr) log = std::shared_ptr<LogSink>(&silent_log(), [](LogSink*) {});
    return log;
}

Outcome<provider::Settings> read_settings() {
    std::string problem;
    Result<provider::Settings> settings = provider::load_settings(&secure_environment, problem);
    if (settings.ok()) return std::move(settings).value();
    // There is no log yet, and a module that says nothing cannot be repaired.
    std::fprintf(stderr, "cardmux: %s\n", problem.c_str());
    return settings.error();
}

}  // namespace

Outcome<ModuleWorld> make_module_world(bool may_create_threads) {
    CARDMUX_TRY_ASSIGN(const provider::Settings settings, read_settings());
    ModuleWorld world;
    world.log = open_log(settings);
    CARDMUX_TRY_ASSIGN(provider::Environment environment, make_environment());
    environment.log = world.log;
    environment.may_create_threads = may_create_threads;
    CARDMUX_TRY_ASSIGN(world.provider,
                       provider::Provider::create(std::move(environment), settings));
    return world;
}

}  // namespace cardmux::pkcs11

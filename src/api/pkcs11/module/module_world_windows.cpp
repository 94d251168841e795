// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/module/module_world.h"
#include "windows/process_world_windows.h"

namespace cardmux::pkcs11 {

Outcome<ModuleWorld> make_module_world(bool may_create_threads) {
    if (!may_create_threads) return refuse(CKR_NEED_TO_CREATE_THREADS);
    ModuleWorld world;
    CARDMUX_TRY_ASSIGN(world.provider, windows::process_provider());
    world.log = std::shared_ptr<LogSink>(&windows::process_log(), [](LogSink*) {});
    world.is_provider_shared = true;
    return world;
}

}  // namespace cardmux::pkcs11

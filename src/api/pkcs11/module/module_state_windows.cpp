// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// No fork here, and nothing to be done when the process ends: the card is the process's provider's
// (windows/process_world_windows.h), and a handler of ours would run under the loader's lock, with
// all other threads gone.
#include <utility>

#include "api/pkcs11/module/module_state.h"

namespace cardmux::pkcs11 {
namespace {

using ModuleReference = std::shared_ptr<Module>;
using ModuleState = Guarded<ModuleReference>;

constexpr Duration finalize_patience = std::chrono::seconds(10);

/// Never destroyed: threads of the host may still be inside us while the process ends.
ModuleState& state() {
    static auto& the_state = *new ModuleState(LockRank::ModuleState);
    return the_state;
}

}  // namespace

Outcome<void> initialize(bool may_create_threads) {
    if (current_module().ok()) return refuse(CKR_CRYPTOKI_ALREADY_INITIALIZED);
    // With no lock held: the process's provider is behind a lock of the same rank.
    CARDMUX_TRY_ASSIGN(ModuleReference made, Module::create(may_create_threads));
    auto module = state().lock();
    if (*module != nullptr) return refuse(CKR_CRYPTOKI_ALREADY_INITIALIZED);
    *module = std::move(made);
    return done();
}

Outcome<void> finalize() {
    const ModuleReference module = std::exchange(*state().lock(), nullptr);
    if (module == nullptr) return refuse(CKR_CRYPTOKI_NOT_INITIALIZED);
    module->shut_down(Deadline::after(finalize_patience));
    return done();
}

Outcome<std::shared_ptr<Module>> current_module() {
    auto module = state().lock();
    if (*module == nullptr) return refuse(CKR_CRYPTOKI_NOT_INITIALIZED);
    return *module;
}

}  // namespace cardmux::pkcs11

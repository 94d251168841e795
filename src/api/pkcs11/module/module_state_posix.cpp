// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <pthread.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

#include "api/pkcs11/module/module_state.h"

namespace cardmux::pkcs11 {
namespace {

using ModuleReference = std::shared_ptr<Module>;
using ModuleState = Guarded<ModuleReference>;

constexpr Duration finalize_patience = std::chrono::seconds(10);
/// A program that ends should not be held up; a hold that is not ended makes pcscd reset the card.
constexpr Duration exit_patience = std::chrono::seconds(1);

/// Never destroyed: threads of the host may still be inside us while it exits.
ModuleState& state() {
    static auto& the_state = *new ModuleState(LockRank::ModuleState);
    return the_state;
}

struct LeftBehind {
    ModuleReference module;
    LeftBehind* next;
};

/// Keeps a reference for good. What it refers to belongs to threads that are gone (in a forked
/// child) or to calls that still run (at exit): destroying it would touch both. Never throws: it is
/// called from inside fork and exit.
void leave_behind(ModuleReference module) noexcept {
    static LeftBehind* first = nullptr;
    alignas(ModuleReference) static std::byte place_without_memory[sizeof(ModuleReference)];
    if (module == nullptr) return;
    if (void* const place = ::operator new(sizeof(LeftBehind), std::nothrow)) {
        first = new (place) LeftBehind{std::move(module), first};
    } else {
        new (place_without_memory) ModuleReference(std::move(module));
    }
}

// A lock taken before the fork is released after it, in both processes.
void before_fork() CARDMUX_THREAD_ANNOTATION(no_thread_safety_analysis) {
    state().mutex_for_fork().lock();
}

void after_fork_in_parent() CARDMUX_THREAD_ANNOTATION(no_thread_safety_analysis) {
    state().mutex_for_fork().unlock();
}

void after_fork_in_child() CARDMUX_THREAD_ANNOTATION(no_thread_safety_analysis) {
    leave_behind(std::move(state().data_after_fork()));
    state().mutex_for_fork().unlock();
}

ModuleReference take_module() {
    auto module = state().lock();
    return std::exchange(*module, nullptr);
}

void at_exit() {
    ModuleReference module = take_module();
    if (module == nullptr) return;
    module->shut_down(Deadline::after(exit_patience));
    leave_behind(std::move(module));
}

/// Once in a process; children inherit it. The module is never unloaded (-z nodelete).
bool watch_process() {
    static const bool is_watched =
        pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0 &&
        std::atexit(at_exit) == 0;
    return is_watched;
}

}  // namespace

Outcome<void> initialize(bool may_create_threads) {
    if (!watch_process()) return Error(ErrorCode::OutOfMemory, "C_Initialize");
    auto module = state().lock();
    if (*module != nullptr) return refuse(CKR_CRYPTOKI_ALREADY_INITIALIZED);
    CARDMUX_TRY_ASSIGN(*module, Module::create(may_create_threads));
    return done();
}

Outcome<void> finalize() {
    const ModuleReference module = take_module();
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

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "failing_memory.h"

#include <openssl/crypto.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace conformance {
namespace {

constexpr long never = -1;
std::atomic<long> allocations_left{never};  // until the one that fails
std::atomic<long> live_count{0};
thread_local int outside_depth = 0;

/// A place for a debugger to stop.
[[gnu::noinline]] bool fails_here() {
    return true;
}

bool fails_now() {
    if (outside_depth > 0 || allocations_left.load() < 0) return false;
    return allocations_left.fetch_sub(1) == 0 && fails_here();
}

void* allocate(std::size_t size) {
    if (fails_now()) return nullptr;
    void* const memory = std::malloc(size == 0 ? 1 : size);
    if (memory != nullptr) ++live_count;
    return memory;
}

void give_back(void* memory) {
    if (memory != nullptr) --live_count;
    std::free(memory);
}

void* crypto_malloc(std::size_t size, const char* /*file*/, int /*line*/) {
    return size == 0 ? nullptr : allocate(size);
}

void crypto_free(void* memory, const char* /*file*/, int /*line*/) {
    give_back(memory);
}

void* crypto_realloc(void* memory, std::size_t size, const char* file, int line) {
    if (memory == nullptr) return crypto_malloc(size, file, line);
    if (size == 0) {
        give_back(memory);
        return nullptr;
    }
    return fails_now() ? nullptr : std::realloc(memory, size);
}

}  // namespace

InsideModule::InsideModule() {
    --outside_depth;
}
InsideModule::~InsideModule() {
    ++outside_depth;
}
OutsideModule::OutsideModule() {
    ++outside_depth;
}
OutsideModule::~OutsideModule() {
    --outside_depth;
}

bool take_over_libcrypto() {
    return CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) == 1;
}

void let_fail(long number) {
    allocations_left = number;
}

bool let_succeed() {
    // Left where it failed: at -1 or below, as it is before anything is counted.
    return allocations_left.exchange(never) < 0;
}

long live_blocks() {
    OPENSSL_thread_stop();  // a thread's last sixteen errors stay until others take their place
    return live_count;
}

}  // namespace conformance

// For this whole test program. Never inlined: g++ would take the free() of an inlined delete for a
// mistake.
[[gnu::noinline]] void* operator new(std::size_t size) {
    void* const memory = conformance::allocate(size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return conformance::allocate(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    conformance::give_back(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    conformance::give_back(memory);
}

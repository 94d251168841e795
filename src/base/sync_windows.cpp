// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Locks are SRWLOCKs: nothing to allocate and nothing to release, so that a lock that is never
// destroyed holds nothing. Threads carry our name where the system knows how (Windows 10 1607).
#include <windows.h>
// after windows.h
#include <process.h>

#include <algorithm>
#include <new>

#include "base/held_ranks.h"
#include "base/sync.h"
#include "base/wide_text_windows.h"

namespace cardmux {
namespace {

static_assert(sizeof(NativeLock) == sizeof(SRWLOCK) && alignof(NativeLock) == alignof(SRWLOCK));
static_assert(sizeof(NativeCondition) == sizeof(CONDITION_VARIABLE) &&
              alignof(NativeCondition) == alignof(CONDITION_VARIABLE));

SRWLOCK* lock_in(NativeLock& place) {
    return reinterpret_cast<SRWLOCK*>(&place);
}

CONDITION_VARIABLE* condition_in(NativeCondition& place) {
    return reinterpret_cast<CONDITION_VARIABLE*>(&place);
}

/// Rounded up; a long time is waited for in parts.
DWORD timeout_until(Deadline deadline) {
    if (deadline.is_never()) return INFINITE;
    constexpr std::chrono::milliseconds longest = std::chrono::hours(1);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline.when() - now());
    return static_cast<DWORD>(std::clamp(left, std::chrono::milliseconds(0), longest).count());
}

}  // namespace

Mutex::Mutex(LockRank rank) : mutex_(nullptr), rank_(rank) {}

Mutex::~Mutex() = default;

void Mutex::lock() {
    note_locked(rank_);
    AcquireSRWLockExclusive(lock_in(mutex_));
}

void Mutex::unlock() {
    ReleaseSRWLockExclusive(lock_in(mutex_));
    note_unlocked(rank_);
}

Condition::Condition() : condition_(nullptr) {}

Condition::~Condition() = default;

void Condition::notify_one() {
    WakeConditionVariable(condition_in(condition_));
}

void Condition::notify_all() {
    WakeAllConditionVariable(condition_in(condition_));
}

bool Condition::wait(Mutex& mutex, Deadline deadline) {
    note_unlocked(mutex.rank_);
    const bool woken = SleepConditionVariableSRW(condition_in(condition_), lock_in(mutex.mutex_),
                                                 timeout_until(deadline), 0) != 0;
    note_locked(mutex.rank_);
    return woken || !deadline.has_passed();
}

struct Thread::Handle {
    ~Handle() {
        if (thread != nullptr) CloseHandle(thread);
    }
    HANDLE thread = nullptr;
};

namespace {

unsigned __stdcall run_thread(void* argument) {
    std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()>*>(argument));
    try {
        (*body)();
    } catch (...) {  // NOLINT(bugprone-empty-catch): who waits for what it did has a time limit
    }
    return 0;
}

/// For debuggers. A system that does not know how goes without.
void name_thread(HANDLE thread, const std::string& name) {
    using SetDescription = HRESULT(WINAPI*)(HANDLE, PCWSTR);
    static const auto set_description =
        reinterpret_cast<SetDescription>(reinterpret_cast<void*>(  // a FARPROC is no function yet
            GetProcAddress(GetModuleHandleW(L"kernelbase.dll"), "SetThreadDescription")));
    if (set_description != nullptr) set_description(thread, to_wide(name.substr(0, 15)).c_str());
}

}  // namespace

bool Thread::start(const std::string& name, std::function<void()> body) try {
    auto handle = std::make_shared<Handle>();
    auto argument = std::make_unique<std::function<void()>>(std::move(body));
    // Of the C runtime rather than of the system, whose CreateThread leaks the runtime's own data.
    // Suspended until it has its name.
    handle->thread = reinterpret_cast<HANDLE>(
        _beginthreadex(nullptr, 0, run_thread, argument.get(), CREATE_SUSPENDED, nullptr));
    if (handle->thread == nullptr) return false;
    (void)argument.release();  // run_thread owns it now
    try {
        name_thread(handle->thread, name);
    } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): a thread without a name
    }
    ResumeThread(handle->thread);
    handle_ = std::move(handle);
    return true;
} catch (const std::bad_alloc&) {
    return false;
}

void Thread::join() {
    if (handle_) WaitForSingleObject(handle_->thread, INFINITE);
    handle_.reset();
}

void Thread::detach() {
    handle_.reset();
}

}  // namespace cardmux

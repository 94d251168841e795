// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// All locking, waiting and threads of Cardmux. Data live inside their lock (Guarded<T>); a lock has
// a rank and is only taken above the ranks already held; nobody waits for a card with a lock held.
// Only this layer may name the standard's mutexes and threads, so that a simulated scheduler can
// take their place (sync_posix.cpp and sync_windows.cpp are the files to exchange).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/native_lock.h"

#if defined(__clang__)
#define CARDMUX_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define CARDMUX_THREAD_ANNOTATION(x)
#endif

namespace cardmux {

/// A thread takes locks in ascending rank only. ARCHITECTURE.md, "Locks and threads".
enum class LockRank : unsigned char {
    ModuleState = 10,
    Registry = 15,
    Token = 20,
    Session = 30,
    Queue = 40,
    Turn = 45,
    Monitor = 50,
    Transport = 60,
    SimulatedCard = 70,
    Log = 90,
};

class CARDMUX_THREAD_ANNOTATION(capability("mutex")) Mutex {
  public:
    explicit Mutex(LockRank rank);
    ~Mutex();
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() CARDMUX_THREAD_ANNOTATION(acquire_capability());
    void unlock() CARDMUX_THREAD_ANNOTATION(release_capability());

  private:
    friend class Condition;
    NativeLock mutex_;
    LockRank rank_;
};

/// Aborts in checked builds if this thread holds any Mutex. Called wherever a card may be waited
/// for.
void assert_no_lock_held(const char* where);

class Condition {
  public:
    Condition();
    ~Condition();
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;

    void notify_one();
    void notify_all();
    /// Waits, possibly waking without cause. Returns false if the deadline passed.
    bool wait(Mutex& mutex, Deadline deadline);

  private:
    NativeCondition condition_;
};

template <typename T>
class Guarded;

/// Access to the data of a Guarded, for as long as it lives.
template <typename T>
class CARDMUX_THREAD_ANNOTATION(scoped_lockable) Locked {
  public:
    // The analysis cannot follow a lock through a movable owner; Guarded is the only maker.
    explicit Locked(Guarded<T>& owner) CARDMUX_THREAD_ANNOTATION(no_thread_safety_analysis);
    ~Locked() CARDMUX_THREAD_ANNOTATION(no_thread_safety_analysis);
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;

    T* operator->() { return &owner_.data_; }
    T& operator*() { return owner_.data_; }

    /// Gives the lock up while waiting; may wake without cause; false if the deadline passed.
    bool wait(Condition& condition, Deadline deadline) {
        return condition.wait(owner_.mutex_, deadline);
    }

  private:
    Guarded<T>& owner_;
};

template <typename T>
class Guarded {
  public:
    template <typename... Arguments>
    explicit Guarded(LockRank rank, Arguments&&... arguments)
        : mutex_(rank), data_{std::forward<Arguments>(arguments)...} {}

    Locked<T> lock() { return Locked<T>(*this); }

    /// For fork handlers and nothing else: everything else goes through lock().
    Mutex& mutex_for_fork() { return mutex_; }
    /// For a forked child, whose other threads (and their locks) no longer exist.
    T& data_after_fork() { return data_; }

  private:
    friend class Locked<T>;
    Mutex mutex_;
    T data_;
};

template <typename T>
Locked<T>::Locked(Guarded<T>& owner) : owner_(owner) {
    owner_.mutex_.lock();
}

template <typename T>
Locked<T>::~Locked() {
    owner_.mutex_.unlock();
}

/// A thread of ours. It takes no signal of the host program. Must be joined or detached. A body
/// catches its own exceptions; one that gets out ends the thread and not the host program.
class Thread {
  public:
    Thread() = default;
    Thread(Thread&& other) noexcept : handle_(std::move(other.handle_)) {}
    Thread& operator=(Thread&& other) noexcept = default;
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
    ~Thread() = default;

    /// Starts `body` on a new thread; `name` (15 characters shown) appears in debuggers and ps -L.
    /// It acts for the process, on Windows too: whom its starter impersonates is not handed on.
    /// Returns false if the system has no thread to give, or no memory for one.
    bool start(const std::string& name, std::function<void()> body);
    bool is_running() const { return handle_ != nullptr; }
    /// Waits without limit for the thread to be gone. Nothing if none was started.
    void join();
    /// Lets the thread end on its own. What it uses must live as long as it does.
    void detach();

  private:
    struct Handle;
    std::shared_ptr<Handle> handle_;
};

}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <pthread.h>
#include <signal.h>

#include <cerrno>
#include <new>

#include "base/held_ranks.h"
#include "base/sync.h"

namespace cardmux {
namespace {

timespec absolute(TimePoint when) {
    const auto since = when.time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
    return {static_cast<time_t>(seconds.count()), static_cast<long>((since - seconds).count())};
}

}  // namespace

Mutex::Mutex(LockRank rank) : mutex_(PTHREAD_MUTEX_INITIALIZER), rank_(rank) {}

Mutex::~Mutex() {
    pthread_mutex_destroy(&mutex_);
}

void Mutex::lock() {
    note_locked(rank_);
    pthread_mutex_lock(&mutex_);
}

void Mutex::unlock() {
    pthread_mutex_unlock(&mutex_);
    note_unlocked(rank_);
}

Condition::Condition() : condition_(PTHREAD_COND_INITIALIZER) {}

Condition::~Condition() {
    pthread_cond_destroy(&condition_);
}

void Condition::notify_one() {
    pthread_cond_signal(&condition_);
}

void Condition::notify_all() {
    pthread_cond_broadcast(&condition_);
}

bool Condition::wait(Mutex& mutex, Deadline deadline) {
    note_unlocked(mutex.rank_);
    int result = 0;
    if (deadline.is_never()) {
        result = pthread_cond_wait(&condition_, &mutex.mutex_);
    } else {
        const timespec until = absolute(*deadline.when());
        result = pthread_cond_clockwait(&condition_, &mutex.mutex_, CLOCK_MONOTONIC, &until);
    }
    note_locked(mutex.rank_);
    return result != ETIMEDOUT;
}

struct Thread::Handle {
    pthread_t thread{};
    std::string name;
    std::function<void()> body;
};

namespace {

void* run_thread(void* argument) {
    std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()>*>(argument));
    try {
        (*body)();
    } catch (...) {  // NOLINT(bugprone-empty-catch): who waits for what it did has a time limit
    }
    return nullptr;
}

}  // namespace

bool Thread::start(const std::string& name, std::function<void()> body) try {
    auto handle = std::make_shared<Handle>();
    auto argument = std::make_unique<std::function<void()>>(std::move(body));
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int result = pthread_create(&handle->thread, nullptr, run_thread, argument.get());
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (result != 0) return false;
    (void)argument.release();  // run_thread owns it now
    pthread_setname_np(handle->thread, name.substr(0, 15).c_str());
    handle_ = std::move(handle);
    return true;
} catch (const std::bad_alloc&) {
    return false;
}

void Thread::join() {
    if (handle_) pthread_join(handle_->thread, nullptr);
    handle_.reset();
}

void Thread::detach() {
    if (handle_) pthread_detach(handle_->thread);
    handle_.reset();
}

}  // namespace cardmux

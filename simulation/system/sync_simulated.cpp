// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Locks, conditions and threads of the simulated world: takes the place of base/sync_posix.cpp.
// Outside Scheduler::run there is one thread, and nothing to wait for.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/held_ranks.h"
#include "base/sync.h"
#include "simulation/system/scheduler.h"

namespace cardmux {
namespace {

using simulation::Scheduler;

/// Whose the lock is, in the bytes that the system's own would need: a thread's number, or 0.
int owner_of(const NativeLock& lock) {
    int owner = 0;
    std::memcpy(&owner, &lock, sizeof owner);
    return owner;
}

void set_owner(NativeLock& lock, int owner) {
    std::memcpy(&lock, &owner, sizeof owner);
}

const char* name_of(LockRank rank) {
    switch (rank) {
        case LockRank::ModuleState:
            return "the lock of the module's state";
        case LockRank::Registry:
            return "a lock of a registry";
        case LockRank::Token:
            return "the lock of a token";
        case LockRank::Session:
            return "the lock of a session";
        case LockRank::Queue:
            return "the lock of a card's queue";
        case LockRank::Turn:
            return "the lock of a turn";
        case LockRank::Monitor:
            return "the lock of the reader monitor";
        case LockRank::Transport:
            return "the lock of the transport";
        case LockRank::SimulatedCard:
            return "the lock of a simulated card";
        case LockRank::Log:
            return "the lock of the log";
    }
    return "a lock";
}

/// Who waits for a condition, each with the address of a flag of its own.
struct Waiter {
    const Condition* condition = nullptr;
    bool is_notified = false;
};

/// In the order of arrival. Only the thread with the baton touches it.
std::vector<Waiter*>& waiters() {
    static auto& all = *new std::vector<Waiter*>;
    return all;
}

std::vector<Waiter*> waiting_for(const Condition& condition) {
    std::vector<Waiter*> found;
    for (Waiter* waiter : waiters()) {
        if (waiter->condition == &condition && !waiter->is_notified) found.push_back(waiter);
    }
    return found;
}

}  // namespace

Mutex::Mutex(LockRank rank) : mutex_{}, rank_(rank) {
    set_owner(mutex_, 0);
}

Mutex::~Mutex() {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler != nullptr && owner_of(mutex_) != 0) {
        scheduler->fail(std::string("destroyed while held: ") + name_of(rank_));
    }
}

void Mutex::lock() {
    note_locked(rank_);
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler == nullptr) return;
    scheduler->wait(name_of(rank_), [this] { return owner_of(mutex_) == 0; });
    set_owner(mutex_, scheduler->thread());
    scheduler->count_lock(1);
}

void Mutex::unlock() {
    note_unlocked(rank_);
    set_owner(mutex_, 0);
    if (Scheduler* const scheduler = Scheduler::active()) scheduler->count_lock(-1);
}

Condition::Condition() : condition_{} {
    (void)condition_;  // the system's is not needed here
}

Condition::~Condition() {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler != nullptr && !waiting_for(*this).empty()) {
        scheduler->fail("a condition was destroyed while somebody waits for it");
    }
}

void Condition::notify_one() {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler == nullptr) return;
    const auto waiting = waiting_for(*this);
    if (!waiting.empty()) waiting.at(scheduler->choose(waiting.size()))->is_notified = true;
}

void Condition::notify_all() {
    for (Waiter* waiter : waiting_for(*this)) waiter->is_notified = true;
}

bool Condition::wait(Mutex& mutex, Deadline deadline) {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler == nullptr) {
        if (!deadline.is_never()) return false;
        std::fputs("cardmux: a wait without end outside the simulated world\n", stderr);
        std::abort();
    }
    note_unlocked(mutex.rank_);
    set_owner(mutex.mutex_, 0);
    scheduler->count_lock(-1);
    scheduler->check_no_lock_held("a wait");
    Waiter self{this, scheduler->wakes_without_cause()};
    waiters().push_back(&self);
    scheduler->wait(
        "a notification", [&self] { return self.is_notified; }, deadline.when());
    std::erase(waiters(), &self);
    scheduler->wait(name_of(mutex.rank_), [&mutex] { return owner_of(mutex.mutex_) == 0; });
    note_locked(mutex.rank_);
    set_owner(mutex.mutex_, scheduler->thread());
    scheduler->count_lock(1);
    return self.is_notified || !deadline.has_passed();
}

struct Thread::Handle {
    int number = 0;
};

bool Thread::start(const std::string& name, std::function<void()> body) {
    Scheduler* const scheduler = Scheduler::active();
    if (scheduler == nullptr) return false;
    auto handle = std::make_shared<Handle>();
    handle->number = scheduler->start(name, std::move(body));
    handle_ = std::move(handle);
    return true;
}

void Thread::join() {
    Scheduler* const scheduler = Scheduler::active();
    if (handle_ && scheduler != nullptr) {
        const int number = handle_->number;
        scheduler->wait("another thread's end",
                        [scheduler, number] { return scheduler->has_ended(number); });
    }
    handle_.reset();
}

void Thread::detach() {
    handle_.reset();
}

}  // namespace cardmux

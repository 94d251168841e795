// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <utility>

#include "base/child_processes.h"

namespace cardmux {
namespace {

constexpr int entry_is_free = -1;
constexpr int entry_is_being_written = -2;

struct Entry {
    std::atomic<int> descriptor{entry_is_free};
    /// Which file it was: a descriptor that the host closed behind our back may be another file by
    /// now, and that one is not ours to close.
    std::atomic<dev_t> device{0};
    std::atomic<ino_t> file{0};
};

/// A fixed table: the fork handler may neither allocate nor lock.
std::array<Entry, 512> entries;
std::atomic<std::uint64_t> forks{0};
std::atomic<std::uint64_t> generation{1};

void before_fork() {
    ++forks;
}

/// In a child of a program with threads: async-signal-safe calls and atomics only.
void after_fork_in_child() {
    ++generation;
    for (Entry& entry : entries) {
        const int descriptor = entry.descriptor.exchange(entry_is_free);
        struct stat about {};
        if (descriptor < 0 || fstat(descriptor, &about) != 0) continue;
        if (about.st_dev == entry.device && about.st_ino == entry.file) close(descriptor);
    }
}

void watch_forks() {
    static const int watched = pthread_atfork(before_fork, nullptr, after_fork_in_child);
    (void)watched;
}

/// None if the table is full.
int take_entry() {
    for (std::size_t i = 0; i < entries.size(); ++i) {
        int expected = entry_is_free;
        if (entries.at(i).descriptor.compare_exchange_strong(expected, entry_is_being_written)) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

}  // namespace

KeptFromChildren::KeptFromChildren(int descriptor) {
    watch_forks();
    struct stat about {};
    if (fstat(descriptor, &about) != 0) return;
    const int flags = fcntl(descriptor, F_GETFD);
    if (flags >= 0) (void)fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC);
    entry_ = take_entry();
    if (entry_ < 0) return;
    Entry& entry = entries.at(static_cast<std::size_t>(entry_));
    entry.device = about.st_dev;
    entry.file = about.st_ino;
    entry.descriptor = descriptor;
}

KeptFromChildren::~KeptFromChildren() {
    if (entry_ >= 0) entries.at(static_cast<std::size_t>(entry_)).descriptor = entry_is_free;
}

KeptFromChildren::KeptFromChildren(KeptFromChildren&& other) noexcept
    : entry_(std::exchange(other.entry_, -1)) {}

KeptFromChildren& KeptFromChildren::operator=(KeptFromChildren&& other) noexcept {
    std::swap(entry_, other.entry_);
    return *this;
}

std::uint64_t fork_count() {
    watch_forks();
    return forks;
}

std::uint32_t process_id() {
    return static_cast<std::uint32_t>(getpid());
}

std::uint64_t process_generation() {
    watch_forks();
    return generation;
}

}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Takes the place of base/lock_file_posix.cpp. Locks belong to the open file, as there; who waits
// for one gets it in no order, as there.
#include "simulation/system/lock_file_simulated.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/lock_file.h"
#include "base/sync.h"

namespace cardmux {
namespace {

using simulation::ProcessNumber;
using simulation::Scheduler;

/// Beyond all descriptors of the real system, so that nobody closes one of those.
constexpr NativeFile first_handle = 1'000'000;

struct Lock {
    NativeFile handle = no_file;
    LockFile::Kind kind = LockFile::Kind::Shared;
    std::uint64_t first = 0;
    std::uint64_t count = 0;  ///< 0: to the end

    bool overlaps(std::uint64_t other_first, std::uint64_t other_count) const {
        return (count == 0 || other_first < first + count) &&
               (other_count == 0 || first < other_first + other_count);
    }
};

struct File {
    std::map<std::uint64_t, std::uint64_t> numbers;
    std::vector<Lock> locks;

    /// Whether another open file has a lock there that this one must wait for.
    bool is_in_the_way(const Lock& wanted) const {
        return std::any_of(locks.begin(), locks.end(), [&](const Lock& lock) {
            const bool both_shared =
                lock.kind == LockFile::Kind::Shared && wanted.kind == LockFile::Kind::Shared;
            return lock.handle != wanted.handle && !both_shared &&
                   lock.overlaps(wanted.first, wanted.count);
        });
    }
};

struct OpenFile {
    File* file = nullptr;
    ProcessNumber process = 0;
};

struct Files {
    std::map<std::string, File> by_path;
    std::map<NativeFile, OpenFile> open;
    NativeFile last_handle = first_handle;
};

/// Only the thread with the baton touches them.
Files& files() {
    static auto& all = *new Files;
    return all;
}

File& file_of(NativeFile handle) {
    return *files().open.at(handle).file;
}

NativeFile open_file(const std::string& path) {
    const Scheduler* const scheduler = Scheduler::active();
    const NativeFile handle = ++files().last_handle;
    files().open[handle] = {&files().by_path[path], scheduler ? scheduler->process() : 0};
    return handle;
}

void release_locks(const OpenFile& open, NativeFile handle) {
    std::erase_if(open.file->locks, [handle](const Lock& lock) { return lock.handle == handle; });
}

}  // namespace

Result<LockFile> LockFile::open(const std::string& path, bool) {
    return LockFile(open_file(path));
}

Result<LockFile> LockFile::open_existing(const std::string& path) {
    if (files().by_path.count(path) == 0) return Error(ErrorCode::SystemFailed, "open a lock file");
    return LockFile(open_file(path));
}

LockFile::LockFile(LockFile&& other) noexcept
    : file_(std::exchange(other.file_, no_file)), kept_(std::move(other.kept_)) {}

LockFile::~LockFile() {
    const auto open = files().open.find(file_);
    if (open == files().open.end()) return;
    release_locks(open->second, file_);
    files().open.erase(open);
}

Result<void> LockFile::lock(Kind kind, std::uint64_t first, std::uint64_t count) const {
    assert_no_lock_held("wait for another process");
    const Lock wanted{file_, kind, first, count};
    File& file = file_of(file_);
    if (Scheduler* const scheduler = Scheduler::active()) {
        scheduler->check_no_lock_held("a wait for another process");
        scheduler->wait("another process", [&] { return !file.is_in_the_way(wanted); });
    }
    file.locks.push_back(wanted);
    return success();
}

bool LockFile::try_lock(Kind kind, std::uint64_t first, std::uint64_t count) const {
    const Lock wanted{file_, kind, first, count};
    File& file = file_of(file_);
    if (file.is_in_the_way(wanted)) return false;
    file.locks.push_back(wanted);
    return true;
}

void LockFile::unlock(std::uint64_t first, std::uint64_t count) const {
    std::erase_if(file_of(file_).locks, [&](const Lock& lock) {
        return lock.handle == file_ && lock.first == first && lock.count == count;
    });
}

bool LockFile::is_locked_by_other(std::uint64_t first, std::uint64_t count) const {
    return file_of(file_).is_in_the_way({file_, Kind::Exclusive, first, count});
}

std::uint64_t LockFile::read_number(std::uint64_t position) const {
    const auto& numbers = file_of(file_).numbers;
    const auto found = numbers.find(position);
    return found == numbers.end() ? 0 : found->second;
}

bool LockFile::write_number(std::uint64_t position, std::uint64_t value) const {
    file_of(file_).numbers[position] = value;
    return true;
}

void simulation::forget_lock_files() {
    files().by_path.clear();
}

void simulation::release_locks_of(ProcessNumber process) {
    for (const auto& [handle, open] : files().open) {
        if (open.process == process) release_locks(open, handle);
    }
}

std::size_t simulation::open_lock_files() {
    return files().open.size();
}

}  // namespace cardmux

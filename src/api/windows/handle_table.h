// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Handles that Windows programs hold: numbers, never pointers, never given out twice in a process.
// A lookup yields a counted reference, so that releasing a handle under a thread that uses it hurts
// nobody; a number that was released is known, with who did it and when (G10).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/sync.h"

namespace cardmux::api {

using Handle = std::uint64_t;

/// The low bits of a handle, so that one of another kind or interface is refused and not misread.
enum class WindowsHandleKind : std::uint8_t {
    CspContext = 1,
    CspKey = 2,
    CspHash = 3,
    KspProvider = 4,
    KspKey = 5,
    KspSecret = 6,
};

/// Where numbers come from: one for the process.
class HandleNumbers {
  public:
    /// Starts at a random number, so that a stale handle of another process means nothing here.
    explicit HandleNumbers(RandomSource& random)
        : next_(first_counter + random.next_u64() % spread) {}
    /// Never 0; fits 48 bits for longer than any process lives.
    Handle next(WindowsHandleKind kind);

  private:
    static constexpr unsigned kind_bits = 4;
    static constexpr std::uint64_t first_counter = 1 << 16;
    static constexpr std::uint64_t spread = 1 << 24;
    std::atomic<std::uint64_t> next_;
};

/// When and by whom a handle was released.
struct ReleasedHandle {
    Handle handle = 0;
    std::uint64_t thread = 0;  ///< the system's number
    double when = 0;           ///< as wall_clock_seconds
};

/// Remembers the last ones. Any thread.
class ReleasedHandles {
  public:
    void note(const ReleasedHandle& released);
    /// handle 0 in the answer: not known (never given out, or too long ago).
    ReleasedHandle find(Handle handle);

  private:
    static constexpr std::size_t remembered = 4096;
    Guarded<std::deque<ReleasedHandle>> released_{LockRank::Registry};
};

/// The living handles of one kind. Any thread; waits for nothing.
template <typename T>
class HandleTable {
  public:
    HandleTable(WindowsHandleKind kind, HandleNumbers& numbers) : kind_(kind), numbers_(numbers) {}

    Handle add(std::shared_ptr<T> object) {
        const Handle handle = numbers_.next(kind_);
        objects_.lock()->emplace(handle, std::move(object));
        return handle;
    }
    /// Null: there is no such handle (any more), or it is of another kind.
    std::shared_ptr<T> find(Handle handle) {
        auto objects = objects_.lock();
        const auto found = objects->find(handle);
        return found == objects->end() ? nullptr : found->second;
    }
    /// Calls that have entered with it finish. Null: there was none.
    std::shared_ptr<T> take(Handle handle) {
        auto objects = objects_.lock();
        const auto found = objects->find(handle);
        if (found == objects->end()) return nullptr;
        std::shared_ptr<T> object = std::move(found->second);
        objects->erase(found);
        return object;
    }
    /// The handle means another object from now on; calls that have entered finish with the old
    /// one. False: there is no such handle (any more).
    bool replace(Handle handle, std::shared_ptr<T> object) {
        auto objects = objects_.lock();  // freed before `object`, which then is the old one
        const auto found = objects->find(handle);
        if (found == objects->end()) return false;
        found->second.swap(object);
        return true;
    }
    /// Takes all for which `belongs(object)` says so, and returns their numbers.
    template <typename Predicate>
    std::vector<Handle> take_all(Predicate belongs) {
        std::vector<std::shared_ptr<T>> ended;  // destroyed when the lock is free again
        std::vector<Handle> handles;
        auto objects = objects_.lock();
        for (auto next = objects->begin(); next != objects->end();) {
            if (!belongs(*next->second)) {
                ++next;
                continue;
            }
            handles.push_back(next->first);
            ended.push_back(std::move(next->second));
            next = objects->erase(next);
        }
        return handles;
    }
    std::size_t size() { return objects_.lock()->size(); }

  private:
    const WindowsHandleKind kind_;
    HandleNumbers& numbers_;
    Guarded<std::unordered_map<Handle, std::shared_ptr<T>>> objects_{LockRank::Registry};
};

}  // namespace cardmux::api

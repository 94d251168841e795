// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The strict level of the tests for load: threads call the entry points of a provider with objects
// that they share, while one more releases these under them and puts new ones in their place. A
// call may fail in one way: with the documented code of a handle, if the object was released before
// the call ended; a signature that is given is right.
#pragma once

// clang-format off
#include <windows.h>
// clang-format on

#include <atomic>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace release_race {

using Random = std::minstd_rand;

/// Object: what is shared, with a member `std::atomic<bool> is_released{false}`.
template <class Object>
class Race {
  public:
    struct Steps {
        std::function<std::shared_ptr<Object>()> open;
        std::function<void(const Object&, Random&)> use;      ///< one round of a thread
        std::function<void(const Object&, Random&)> release;  ///< under all who use it
    };

    /// Opens so many objects.
    void fill(const std::function<std::shared_ptr<Object>()>& open, int count) {
        for (int i = 0; i < count; ++i) objects_.push_back(open());
    }
    const Object& first() const { return *objects_.front(); }

    void run(const Steps& steps, int threads, int seconds) {
        std::vector<std::thread> running;
        for (int i = 0; i < threads; ++i)
            running.emplace_back([&, i] { use_all(steps, static_cast<unsigned>(i + 1)); });
        running.emplace_back([&] { release_all(steps); });
        Sleep(static_cast<DWORD>(1000 * seconds));
        is_over_ = true;
        for (std::thread& thread : running) thread.join();
    }

    /// Whether the call succeeded; any other end is counted as what it is.
    ///
    /// is_of_handle    whether `code` is the documented one of a handle that was released
    bool judge(const Object& object, const char* call, bool worked, DWORD code, bool is_of_handle) {
        ++calls_;
        if (worked) return true;
        if (is_of_handle && object.is_released) {
            ++refused_;
            return false;
        }
        char text[80];
        std::snprintf(text, sizeof text, "%s %08lX%s", call, code,
                      object.is_released ? "" : " of a living object");
        add_error(text);
        return false;
    }

    void judge_signature(bool is_right) {
        ++signatures_;
        if (!is_right) add_error("wrong signature");
    }

    void add_error(const std::string& text) {
        const std::lock_guard lock(mutex_);
        ++errors_[text];
    }

    void print() const {
        std::printf("calls: %d\nsignatures: %d\nreleases: %d\nrefused: %d\n", calls_.load(),
                    signatures_.load(), releases_.load(), refused_.load());
        for (const auto& [text, times] : errors_)
            std::printf("error: %s, %d times\n", text.c_str(), times);
    }

  private:
    void use_all(const Steps& steps, unsigned seed) {
        Random random(seed);
        while (!is_over_) {
            std::shared_ptr<Object> object;
            {
                const std::lock_guard lock(mutex_);
                object = objects_[random() % objects_.size()];
            }
            steps.use(*object, random);
        }
    }

    void release_all(const Steps& steps) {
        Random random(4711);
        while (!is_over_) {
            Sleep(random() % 10);
            std::shared_ptr<Object> object = steps.open();
            {
                const std::lock_guard lock(mutex_);
                std::swap(objects_[random() % objects_.size()], object);
            }
            Sleep(random() % 3);  // now others hold it and will not get it anew
            object->is_released = true;
            steps.release(*object, random);
            ++releases_;
        }
    }

    std::mutex mutex_;  // of the objects and the errors
    std::vector<std::shared_ptr<Object>> objects_;
    std::map<std::string, int> errors_;
    std::atomic<int> calls_{0};
    std::atomic<int> refused_{0};
    std::atomic<int> signatures_{0};
    std::atomic<int> releases_{0};
    std::atomic<bool> is_over_{false};
};

}  // namespace release_race

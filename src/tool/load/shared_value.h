// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// One plain value that a child process fills for its parent.
#pragma once

#include <sys/mman.h>

#include <new>
#include <type_traits>

namespace cardmux::tool::load {

/// Make it before the fork; read it after the child has ended.
template <typename T>
class SharedValue {
    static_assert(std::is_trivially_destructible_v<T>,
                  "pointers mean nothing to the other process");

  public:
    SharedValue() {
        void* memory =
            mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        value_ = new (memory) T();
    }
    ~SharedValue() { munmap(value_, sizeof(T)); }
    SharedValue(const SharedValue&) = delete;
    SharedValue& operator=(const SharedValue&) = delete;
    T* operator->() { return value_; }
    T& operator*() { return *value_; }

  private:
    T* value_;
};

}  // namespace cardmux::tool::load

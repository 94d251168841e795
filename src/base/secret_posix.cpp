// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <new>

#include "base/secret.h"

namespace cardmux {
namespace {

/// Each secret has pages of its own: munlock works on whole pages, and a neighbour's release must
/// not unlock ours.
std::size_t whole_pages(std::size_t size) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return (size + page - 1) / page * page;
}

}  // namespace

SecretBytes::SecretBytes(ByteView content) : size_(content.size()) {
    if (content.empty()) return;
    const std::size_t mapped = whole_pages(size_);
    void* memory =
        mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    // All best effort: a process without the right to lock memory still gets to use its card. A
    // forked child does not inherit the lock, so it does not get the content either.
    (void)mlock(memory, mapped);
    (void)madvise(memory, mapped, MADV_DONTDUMP);
    (void)madvise(memory, mapped, MADV_WIPEONFORK);
    data_ = static_cast<std::uint8_t*>(memory);
    std::memcpy(data_, content.data(), size_);
}

void SecretBytes::keep_in_children() {
    if (data_ != nullptr) (void)madvise(data_, whole_pages(size_), MADV_KEEPONFORK);
}

void SecretBytes::release() {
    if (data_ == nullptr) return;
    explicit_bzero(data_, size_);
    munmap(data_, whole_pages(size_));
    data_ = nullptr;
    size_ = 0;
}

void wipe(std::span<std::uint8_t> memory) {
    if (!memory.empty()) explicit_bzero(memory.data(), memory.size());
}

}  // namespace cardmux

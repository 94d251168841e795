// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include <cstring>
#include <new>

#include "base/secret.h"

namespace cardmux {

/// Each secret has pages of its own: VirtualUnlock works on whole pages, and a neighbour's release
/// must not unlock ours.
SecretBytes::SecretBytes(ByteView content) : size_(content.size()) {
    if (content.empty()) return;
    void* memory = VirtualAlloc(nullptr, size_, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (memory == nullptr) throw std::bad_alloc();
    // Best effort: a process that may lock no more memory (its smallest working set limits it)
    // still gets to use its card.
    (void)VirtualLock(memory, size_);
    data_ = static_cast<std::uint8_t*>(memory);
    std::memcpy(data_, content.data(), size_);
}

/// Windows does not fork.
void SecretBytes::keep_in_children() {}

void SecretBytes::release() {
    if (data_ == nullptr) return;
    SecureZeroMemory(data_, size_);
    VirtualFree(data_, 0, MEM_RELEASE);
    data_ = nullptr;
    size_ = 0;
}

void wipe(std::span<std::uint8_t> memory) {
    if (!memory.empty()) SecureZeroMemory(memory.data(), memory.size());
}

}  // namespace cardmux

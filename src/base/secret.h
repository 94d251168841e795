// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Memory for PINs: locked (never swapped), left out of core dumps, zeros in a forked child,
// overwritten when released. Not copyable and not printable, so that a PIN reaches no log and no
// forgotten copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace cardmux {

class SecretBytes {
  public:
    SecretBytes() = default;
    explicit SecretBytes(ByteView content);
    SecretBytes(SecretBytes&& other) noexcept;
    SecretBytes& operator=(SecretBytes&& other) noexcept;
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;
    ~SecretBytes();

    /// A second copy, in locked memory of its own. Said aloud, since copies of secrets should be
    /// rare.
    SecretBytes clone() const { return SecretBytes(view()); }

    ByteView view() const { return {data_, size_}; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    /// A forked child sees zeros of the same size: its memory is not locked, and it has a login of
    /// its own to make. For a program that forks in order to use the secret there, this keeps it,
    /// in memory that the child may swap.
    void keep_in_children();

    /// Compares in a time that does not depend on the contents.
    bool equals(const SecretBytes& other) const;

  private:
    void release();
    std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Overwrites memory in a way the compiler does not remove.
void wipe(std::span<std::uint8_t> memory);

/// Overwrites the memory at the end of its scope, also when an exception ends it: a secret's copy,
/// for calls that want memory of their own. The memory must stay where it is.
class WipedAtEnd {
  public:
    explicit WipedAtEnd(std::span<std::uint8_t> memory) : memory_(memory) {}
    ~WipedAtEnd() { wipe(memory_); }
    WipedAtEnd(const WipedAtEnd&) = delete;
    WipedAtEnd& operator=(const WipedAtEnd&) = delete;

  private:
    const std::span<std::uint8_t> memory_;
};

}  // namespace cardmux

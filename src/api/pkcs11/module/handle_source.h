// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Numbers for sessions and objects. A number is never given out twice in a process, and carries its
// kind, so that a session handle passed as an object handle is refused, not misread.
#pragma once

#include <atomic>

#include "api/pkcs11/pkcs11.h"
#include "base/random.h"

namespace cardmux::pkcs11 {

enum class HandleKind : unsigned char { Session = 1, Object = 2 };

class HandleSource {
  public:
    /// Starts at a random number, so that a handle kept over C_Finalize is not somebody else's.
    explicit HandleSource(RandomSource& random)
        : next_(first_counter + static_cast<CK_ULONG>(random.next_u64() % spread)) {}

    /// Never CK_INVALID_HANDLE. Where CK_ULONG has 32 bits it repeats after 2^30 handles.
    CK_ULONG next(HandleKind kind) {
        return (next_.fetch_add(1, std::memory_order_relaxed) << kind_bits) |
               static_cast<CK_ULONG>(kind);
    }

  private:
    static constexpr unsigned kind_bits = 2;
    static constexpr CK_ULONG first_counter = 16;
    static constexpr CK_ULONG spread = 1 << 16;
    std::atomic<CK_ULONG> next_;
};

}  // namespace cardmux::pkcs11

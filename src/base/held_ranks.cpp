// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "base/held_ranks.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace cardmux {
#if CARDMUX_CHECKED
namespace {

struct HeldRanks {
    std::array<LockRank, 8> ranks{};
    std::size_t count = 0;
};

// In the thread's own block from the start: the general model allocates it at first use, and frees
// it in a way that ThreadSanitizer takes for a race.
#ifndef _WIN32
[[gnu::tls_model("initial-exec")]]
#endif
thread_local HeldRanks held_ranks;

[[noreturn]] void die(const char* what, unsigned a, unsigned b) {
    std::fprintf(stderr, "cardmux: %s (rank %u, held %u)\n", what, a, b);
    std::abort();
}

}  // namespace

void note_locked(LockRank rank) {
    HeldRanks& held = held_ranks;
    if (held.count > 0 && held.ranks.at(held.count - 1) >= rank) {
        die("lock taken against the order", static_cast<unsigned>(rank),
            static_cast<unsigned>(held.ranks.at(held.count - 1)));
    }
    held.ranks.at(held.count++) = rank;
}

void note_unlocked(LockRank rank) {
    HeldRanks& held = held_ranks;
    for (std::size_t i = held.count; i > 0; --i) {
        if (held.ranks.at(i - 1) != rank) continue;
        for (std::size_t j = i; j < held.count; ++j) held.ranks.at(j - 1) = held.ranks.at(j);
        --held.count;
        return;
    }
    die("lock released that is not held", static_cast<unsigned>(rank), 0);
}

#endif

void assert_no_lock_held([[maybe_unused]] const char* where) {
#if CARDMUX_CHECKED
    if (held_ranks.count == 0) return;
    std::fprintf(stderr, "cardmux: a lock of rank %u is held at: %s\n",
                 static_cast<unsigned>(held_ranks.ranks.at(held_ranks.count - 1)), where);
    std::abort();
#endif
}

}  // namespace cardmux

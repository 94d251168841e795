// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The threads of a load. A client signs in a loop and checks every signature, off the measured
// time. It does what an ordinary program does: it neither repeats a failed call nor repairs its
// context.
//
//   own       acquire, get the key, read it, sign, release: each thread a context of its own
//   shared    one context for all; each thread is an owner of it while it uses it
//   release   as shared, without counting owners, while other threads release the context under
//             those who are inside, and put a new one in its place: the article's scenario
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "base/sync.h"
#include "tool/windows/load/load_record.h"
#include "tool/windows/load/load_target.h"

namespace cardmux::tool::windows {

enum class LoadMode : std::uint8_t { Own, Shared, Release };

struct ClientOptions {
    LoadMode mode = LoadMode::Own;
    bool sign_sha1 = false;
    bool stop_at_first_error = false;
    const SecretBytes* pin_each = nullptr;  ///< presented in every context, not once
};

/// A context that several threads use. Who releases it says so before it does.
struct SharedContext {
    ContextHandle handle = 0;
    std::atomic<bool> is_released{false};
    std::atomic<int> inside{0};
};

/// Where the threads of a group find their context.
using ContextPlace = Guarded<std::shared_ptr<SharedContext>>;

/// What all threads of a run see.
struct LoadRun {
    LoadTarget& target;
    ClientOptions options;
    Bytes public_key;
    std::uint64_t number = 0;  ///< makes this run's data its own
    TimePoint origin;
    std::atomic<bool> shall_stop{false};
    std::atomic<std::int64_t> tickets{-1};  ///< signatures still to be made; negative: no limit
    bool has_tickets = false;
    std::atomic<bool> pin_refused{false};  ///< and therefore over

    std::int64_t now_us() const;
    /// False: the run is over.
    bool take_ticket();
};

/// errors    never: what goes wrong is in the record
/// waits     as long as the provider does
void run_client(LoadRun& run, ContextPlace* place, std::uint32_t index, ClientRecord& record);

/// Mode `release`: releases the context in `place` as soon as somebody is inside a call with it.
void run_releaser(LoadRun& run, ContextPlace& place, ClientRecord& record);

}  // namespace cardmux::tool::windows

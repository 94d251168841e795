// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The threads of a load. A client signs in a loop and checks every signature, off the measured
// time. It does what an ordinary program does: it neither repeats a failed call nor repairs its
// context.
//
//   own       acquire, get the key, read it, sign, release: each thread a context of its own
//   shared    one context for all; each thread is an owner of it while it uses it. Now and then the
//             program puts a new one in its place and gives up its own share of the old one, which
//             goes with its last owner: what CryptoAPI allows
//   release   as shared, all the time and one context for each four threads. Where the interface
//             counts no owners (CNG, a DLL's own entry points), nobody does, and a context is gone
//             under those who are inside, which no program may do
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

/// A context that several threads use. Who releases it under them says so before.
struct SharedContext {
    ContextHandle handle = 0;
    std::atomic<bool> is_released{false};
    std::atomic<int> inside{0};
    std::atomic<int> owners{1};  ///< the program, and those who use it
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
    /// Whether a shared context stays for those who use it.
    bool has_owners() const { return options.mode == LoadMode::Shared || target.counts_owners(); }
};

/// errors    never: what goes wrong is in the record
/// waits     as long as the provider does
void run_client(LoadRun& run, ContextPlace* place, std::uint32_t index, ClientRecord& record);

/// Modes `shared` and `release`: puts another context in `place` as soon as somebody is inside a
/// call with the one that is there, and gives that one up, or releases it.
void run_releaser(LoadRun& run, ContextPlace& place, ClientRecord& record);

}  // namespace cardmux::tool::windows

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What one thread of a load saw. It is its own while it runs; only the atomics are read meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "tool/load/load_statistics.h"

namespace cardmux::tool::windows {

/// How a failed call counts.
enum class Verdict : std::uint8_t {
    Error,     ///< it should have worked
    Expected,  ///< the documented answer to a handle that this program had released
};

class ClientRecord {
  public:
    /// Notes which call the thread is in, for a run that hangs.
    void enter(const char* call, std::int64_t now_us) {
        ++calls;
        since_us.store(now_us, std::memory_order_relaxed);
        call_name.store(call, std::memory_order_release);
    }
    void leave() { call_name.store(nullptr, std::memory_order_release); }
    void note(const Error& error, Verdict verdict, std::int64_t now_us);

    load::ObservedClient counts;
    std::vector<load::ObservedSample> samples;
    std::vector<load::ObservedError> errors;
    std::vector<load::ObservedError> expected;
    std::uint64_t calls = 0;               ///< of the provider, begun
    std::uint64_t releases = 0;            ///< contexts that this thread released
    std::uint64_t releases_under_use = 0;  ///< while others were inside a call with them

    std::atomic<const char*> call_name{nullptr};
    std::atomic<std::int64_t> since_us{0};
    std::atomic<bool> has_ended{false};
};

/// Adds one list of errors to another, those of the same call and code together.
void add_errors(std::vector<load::ObservedError>& to, const std::vector<load::ObservedError>& more);

/// Whether it says that the card refused a PIN, or takes none any more: going on would cost tries.
bool is_pin_refusal(std::uint32_t code);

/// "NTE_BAD_UID", "0x6 ERROR_INVALID_HANDLE"; the number for a code without a name here.
std::string name_of_code(std::uint32_t code);

}  // namespace cardmux::tool::windows

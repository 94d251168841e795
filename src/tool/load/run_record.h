// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What happened in a run, in memory that the supervising process shares with the loading ones: so
// that a process that hangs or crashes still leaves behind what it had done. Lock-free: each field
// has one writer or is a counter. Times are microseconds since the record was made.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "tool/load/pkcs11_names.h"

namespace cardmux::tool::load {

enum class Outcome : std::uint8_t { Right, Failed, Wrong };

/// One finished signature, or failure. `end_us` is written last: 0 = not there yet.
struct Sample {
    std::int64_t end_us;
    std::uint32_t duration_us;
    std::uint16_t client;
    Outcome outcome;
};

/// One distinct error of one call.
struct ErrorEntry {
    std::atomic<std::uint64_t> key;  ///< call in the top byte, return code below; 0: free
    std::atomic<std::uint64_t> count;
    std::atomic<std::int64_t> first_us;
    std::atomic<std::int64_t> last_us;
};

struct ClientRecord {
    std::atomic<std::int64_t> ready_us;  ///< just before its first signature; 0: never
    std::atomic<std::int64_t>
        call_since_us;  ///< it is inside a call of the module since; 0: is not
    std::atomic<Call> call;
    std::atomic<std::uint64_t> right;
    std::atomic<std::uint64_t> failed;
    std::atomic<std::uint64_t> wrong;
};

/// How far a process came.
enum class Stage : std::uint8_t { Waiting, Starting, Running, Finishing, Ended };

constexpr std::size_t text_size_max = 256;
constexpr std::size_t public_key_size_max = 2048;

/// Text in shared memory. Written by one process before it publishes the stage.
struct SharedText {
    std::array<char, text_size_max> characters;
    void set(std::string_view text);
    std::string_view get() const;
};

/// What a process learned about its module and key while it started.
struct TargetFacts {
    SharedText manufacturer;
    SharedText description;
    SharedText version;
    SharedText slot;  ///< slot description: by custom the reader's name
    SharedText token_label;
    SharedText key_label;
    SharedText key_id;  ///< hexadecimal
    SharedText mechanism;
    SharedText key_type;    ///< "RSA 2048"
    SharedText key_source;  ///< where the public key that checks came from
    std::array<std::uint8_t, public_key_size_max> public_key_info;
    std::uint32_t public_key_info_size;
};

struct ProcessRecord {
    std::atomic<Stage> stage;
    std::atomic<std::int64_t> ready_us;  ///< module initialised, logged in, key found; 0: never
    std::atomic<std::int64_t> first_signature_us;
    std::atomic<int> failure_exit_code;  ///< not 0: it gave up before the load; `failure` says why
    SharedText failure;
    TargetFacts facts;
    std::array<ErrorEntry, 48> errors;
    std::atomic<std::uint64_t> errors_not_listed;  ///< errors of kinds that found no free entry
};

/// The memory itself: made by the supervisor before it forks, used by everybody.
class RunRecord {
  public:
    /// Null if the system has no memory to share.
    static std::unique_ptr<RunRecord> create(unsigned processes, unsigned threads);
    ~RunRecord();
    RunRecord(const RunRecord&) = delete;
    RunRecord& operator=(const RunRecord&) = delete;

    std::int64_t microseconds_now() const;
    TimePoint time_at(std::int64_t microseconds) const;

    ProcessRecord& process(unsigned index) { return processes_[index]; }
    /// `index` counts through all processes: process * threads + thread.
    ClientRecord& client(unsigned index) { return clients_[index]; }
    unsigned process_count() const { return process_count_; }
    unsigned client_count() const { return process_count_ * threads_; }
    unsigned threads() const { return threads_; }

    /// Adds a sample; the oldest stay if there is no room (`samples_lost` counts).
    void add_sample(Sample sample);
    void add_error(unsigned process, Call call, std::uint64_t code);

    std::span<Sample> samples();
    std::uint64_t samples_lost() const;

    /// Takes one of the signatures that are still to be made. False: none left.
    bool take_ticket();
    void set_tickets(std::uint64_t count);

    std::atomic<std::int64_t>& started_us();

  private:
    struct Head;
    RunRecord() = default;
    void* memory_ = nullptr;
    std::size_t size_ = 0;
    Head* head_ = nullptr;
    ProcessRecord* processes_ = nullptr;
    ClientRecord* clients_ = nullptr;
    Sample* samples_ = nullptr;
    unsigned process_count_ = 0;
    unsigned threads_ = 0;
    TimePoint origin_;
};

}  // namespace cardmux::tool::load

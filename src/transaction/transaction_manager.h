// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The transaction manager of one card (of whatever is in one reader): callers hand it operations
// and wait; one owner thread makes all calls to the card and runs the operations one after another.
// What happens when is decided by CardMachine; here is the thin shell around it.
//
//   perform(request, work): queue -> turn -> begin -> work(CardTransaction&) -> answer -> hold
//     -> end
//
// The owner thread starts with the first use of the card and ends when the card has not been used
// for a while. Where threads are forbidden, callers take its part one after another.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "transaction/card_machine.h"
#include "transaction/card_transaction.h"
#include "transaction/outer_turn.h"
#include "transport/transport.h"

namespace cardmux::transaction {

struct ManagerSettings {
    MachineSettings machine;
    Duration hold = std::chrono::milliseconds(100);
    Duration turn_bound = std::chrono::milliseconds(6500);
    Duration quantum_minimum = std::chrono::milliseconds(50);
    Duration retry = std::chrono::milliseconds(300);
    Duration ride_through = Duration::zero();
    Duration idle = std::chrono::seconds(5);
    Duration no_progress_limit = std::chrono::seconds(60);
    bool may_create_threads = true;  ///< false: callers do the work; no holds
};

/// Who asks, for what, until when.
struct Request {
    ClientId client = 0;
    ServiceClass service_class = ServiceClass::Interactive;
    Deadline deadline = Deadline::never();
    const char* operation = "";  ///< static text, for the log and errors
    std::string card{};          ///< for the log: its serial number, and the key's name on it
    std::string key{};
    /// How long the card may be at this operation without a sign of life, if that is longer than
    /// the settings' no_progress_limit. Holds for everybody who waits while it runs.
    Duration no_progress_limit = Duration::zero();
};

/// Counted since the manager was made; the counts decide tests.
struct ManagerStatistics {
    std::uint64_t operations = 0;
    std::uint64_t interrupted = 0;  ///< operations under which the card was lost
    std::uint64_t turns = 0;
    std::uint64_t transactions = 0;
    std::uint64_t reconnects = 0;
    std::uint64_t gaps = 0;
    std::uint64_t apdus = 0;
    std::uint64_t waiting = 0;  ///< requests that are queued now
};

class TransactionManager {
  public:
    TransactionManager(std::shared_ptr<transport::Transport> transport, std::string reader,
                       std::unique_ptr<OuterTurn> turn, ManagerSettings settings,
                       std::shared_ptr<LogSink> log);
    /// Shuts down without waiting for a card that hangs.
    ~TransactionManager();
    TransactionManager(const TransactionManager&) = delete;
    TransactionManager& operator=(const TransactionManager&) = delete;

    /// Runs `work` on the card, with exclusive use of it, and returns what it returns. `work` must
    /// own everything it uses: it may still run when the caller has given up. If the card is lost
    /// under it and it passes that error on, it runs again (attempts_max times at most); a work
    /// that must not run again returns another error (OutcomeUnknown).
    ///
    /// errors    TimedOut, NoProgress, Cancelled, ShuttingDown, OutOfMemory (also if `work` throws
    ///           std::bad_alloc), Internal (if it throws anything else), CardAbsent, CardRemoved,
    ///           ReaderUnavailable, ServiceUnavailable, CardBusy, CardReset, AccessDenied; those of
    ///           `work`
    /// needs     no lock held
    /// waits     for the card, until the deadline or the no-progress limit
    template <typename T>
    Result<T> perform(const Request& request, std::function<Result<T>(CardTransaction&)> work) {
        auto result = std::make_shared<std::optional<Result<T>>>();
        const auto ended = perform_untyped(
            request,
            [result, work = std::move(work)](CardTransaction& card) -> std::optional<ErrorCode> {
                result->emplace(work(card));
                if ((*result)->ok()) return std::nullopt;
                return (*result)->error().code;
            });
        if (!ended) return ended.error();
        return std::move(**result);
    }

    /// Ends all that this client waits for now (Cancelled): what is queued is not run; what is on
    /// the card goes on to its end there, with nobody waiting for it. Requests that the client
    /// makes later are not touched. Where callers do the work, the one at work returns afterwards.
    void cancel(ClientId client);

    /// Ends the hold, if there is one, after the operation in progress: takes our authority off the
    /// card.
    void release_hold();

    /// As release_hold(), and waits until the transaction that was open is no more; others may have
    /// begun one of theirs by then.
    ///
    /// needs     no lock held
    /// waits     for the operation in progress, until the deadline or the no-progress limit
    void end_hold(Deadline deadline);

    /// How long a transaction stays open after an operation, from the next time on. Has no effect
    /// if there are no holds (a hold of zero at the start, no threads).
    void set_hold(Duration hold);

    /// What the reader monitor saw. A card that left makes what was read from it doubtful.
    void card_arrived();
    void card_left();
    /// How often a card left; with CardTransaction::insertion it tells whether a cache still holds.
    std::uint64_t card_left_count() const;
    /// The insertion that the last operation saw.
    std::uint64_t insertion() const;

    ManagerStatistics statistics() const;

    /// Begins to end: queued requests are answered (ShuttingDown), the operation in progress goes
    /// on.
    void begin_shut_down();

    /// Ends all waits (ShuttingDown), the hold, the connection. True if the owner thread has ended
    /// by `deadline`; else it ends by itself when the smart card service lets it go.
    bool shut_down(Deadline deadline);

  private:
    using Work = std::function<std::optional<ErrorCode>(CardTransaction&)>;
    Result<void> perform_untyped(const Request& request, Work work);

    struct Shared;
    std::shared_ptr<Shared> shared_;
};

}  // namespace cardmux::transaction

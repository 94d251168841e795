// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The transaction manager's mind: what to do next with one card. A pure, copyable value: events in,
// decisions out; no thread, clock, PIN, driver or PC/SC in it. TransactionManager performs its
// decisions. docs/transitions.md lists every transition; a test generates it from this code.
//
//   Requested -> TakeTurn -> TurnGained -> Begin -> Begun -> Run -> Finished -> Run ... (hold)
//     -> End -> Ended -> GiveTurn
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "transaction/request_queue.h"

namespace cardmux::transaction {

enum class Phase : std::uint8_t {
    Idle,          ///< no transaction, nobody waits; the card may still be connected
    WaitingTurn,   ///< the outer turn (among Cardmux processes) was asked for
    Gap,           ///< the outer turn is ours; we stay out so that foreign programs get in
    Beginning,     ///< connecting if need be, and beginning the transaction
    Held,          ///< the transaction is open and nobody uses it: the hold
    Operating,     ///< an operation runs
    Ending,        ///< the lease's last commands and the end of the transaction
    Reconnecting,  ///< taking the card back after a reset
    Away,          ///< card, reader or service is away and callers ride it through
    Stopped,       ///< for good
};
inline constexpr std::size_t phase_count = 10;

enum class Timer : std::uint8_t {
    Hold,            ///< how long a transaction stays open unused
    TurnBound,       ///< how long the card is ours at a stretch before a gap
    QuantumMinimum,  ///< how long a turn lasts at least while other processes wait
    Gap,             ///< how long a gap lasts
    Retry,           ///< between tries while the card is away or busy
    RideThrough,     ///< how long callers wait for a card that is away
    Idle,            ///< how long an unused card stays connected
};
inline constexpr std::size_t timer_count = 7;

// ---- events -------------------------------------------------------------------------------------

struct Requested {
    RequestId id = 0;
    ClientId client = 0;
    ServiceClass service_class = ServiceClass::Interactive;
};
/// The caller no longer waits: deadline, cancel, shutdown of its interface.
struct Withdrawn {
    RequestId id = 0;
};
struct TurnGained {
    bool gap_due = false;  ///< the card was in use by Cardmux processes for too long already
};
struct Begun {};
struct BeginFailed {
    ErrorCode code = ErrorCode::Internal;
    bool connected = false;  ///< the connection stands, only the transaction could not begin
};
enum class Outcome : std::uint8_t {
    Done,            ///< the operation has its result, good or bad
    LostRepeatable,  ///< the card was lost under it; it may run again
    LostFinal,       ///< the card was lost under it; it has its final result
};
struct Finished {
    Outcome outcome = Outcome::Done;
    ErrorCode loss = ErrorCode::Internal;  ///< for the lost: how
};
struct Ended {};
struct Reconnected {};
struct ReconnectFailed {
    ErrorCode code = ErrorCode::Internal;
};
/// Another Cardmux process waits for its turn; or, with none of the two, no longer.
struct TurnWanted {
    bool by_anybody = false;
    bool by_interactive = false;
};
/// Somebody wants what the hold keeps on the card taken away soon (logout).
struct ReleaseAsked {};
struct TimerFired {
    Timer timer = Timer::Hold;
};
struct CardArrived {};
struct CardLeft {};
struct StopAsked {};

using Event = std::variant<Requested, Withdrawn, TurnGained, Begun, BeginFailed, Finished, Ended,
                           Reconnected, ReconnectFailed, TurnWanted, ReleaseAsked, TimerFired,
                           CardArrived, CardLeft, StopAsked>;

// ---- decisions ----------------------------------------------------------------------------------
// Of TakeTurn, Begin, Run, End, Reconnect one at most is under way; each is answered by its event.

struct TakeTurn {
    ServiceClass service_class = ServiceClass::Interactive;
    bool operator==(const TakeTurn&) const = default;
};
struct GiveTurn {
    bool operator==(const GiveTurn&) const = default;
};
struct Begin {
    bool operator==(const Begin&) const = default;
};
struct Run {
    RequestId id = 0;
    bool operator==(const Run&) const = default;
};
struct End {
    bool operator==(const End&) const = default;
};
struct Reconnect {
    bool unpower = false;
    bool operator==(const Reconnect&) const = default;
};
struct Disconnect {
    bool operator==(const Disconnect&) const = default;
};
/// `code` none: the operation's own result is the answer.
struct Answer {
    RequestId id = 0;
    std::optional<ErrorCode> code;
    bool operator==(const Answer&) const = default;
};
struct Arm {
    Timer timer = Timer::Hold;
    bool operator==(const Arm&) const = default;
};
struct Disarm {
    Timer timer = Timer::Hold;
    bool operator==(const Disarm&) const = default;
};

using Decision =
    std::variant<TakeTurn, GiveTurn, Begin, Run, End, Reconnect, Disconnect, Answer, Arm, Disarm>;
using Decisions = std::vector<Decision>;

/// What does not change while it runs.
struct MachineSettings {
    bool holds = true;                ///< false: every transaction ends with its operation
    bool gaps = true;                 ///< leave gaps for foreign programs
    bool rides_through = false;       ///< callers wait for a card that is away
    unsigned quantum_operations = 4;  ///< a turn lasts so many at least while other processes wait
    unsigned attempts_max = 8;        ///< how often one operation runs if the card is lost under it
    unsigned recoveries_max = 16;     ///< reconnects in a row without one operation done
    unsigned busy_retries_max = 25;   ///< tries while another program has the card for itself
    unsigned interactive_run_max = 8;  ///< interactive grants in a row while bulk requests wait
    auto operator<=>(const MachineSettings&) const = default;
};

class CardMachine {
  public:
    explicit CardMachine(MachineSettings settings)
        : settings_(settings), queue_(settings.interactive_run_max) {}

    /// Takes one event and says what to do, in order.
    Decisions handle(const Event& event);

    Phase phase() const { return phase_; }
    bool is_connected() const { return connected_; }
    std::size_t waiting_count() const { return queue_.size(); }
    auto operator<=>(const CardMachine&) const = default;

    /// What may still come to a machine, for who explores all that it can do.
    struct Prospects {
        bool losses = true;  ///< of the card; begins that fail
        bool wishes = true;  ///< of other processes for the turn
    };
    /// Forgets what makes no difference to what it will do: its worlds are finitely many then.
    void forget_history(const Prospects& prospects);
    void append_to(Fingerprint& fingerprint) const;

  private:
    struct Running {
        RequestQueue::Granted request;
        bool withdrawn = false;
        auto operator<=>(const Running&) const = default;
    };

    void on(const Requested& event, Decisions& out);
    void on(const Withdrawn& event, Decisions& out);
    void on(const TurnGained& event, Decisions& out);
    void on(const Begun& event, Decisions& out);
    void on(const BeginFailed& event, Decisions& out);
    void on(const Finished& event, Decisions& out);
    void on(const Ended& event, Decisions& out);
    void on(const Reconnected& event, Decisions& out);
    void on(const ReconnectFailed& event, Decisions& out);
    void on(const TurnWanted& event, Decisions& out);
    void on(const ReleaseAsked& event, Decisions& out);
    void on(const TimerFired& event, Decisions& out);
    void on(const CardArrived& event, Decisions& out);
    void on(const CardLeft& event, Decisions& out);
    void on(const StopAsked& event, Decisions& out);

    void ask_turn(Decisions& out);
    void begin(Decisions& out);
    void continue_or_release(Decisions& out);
    bool turn_is_over() const;
    void release(Decisions& out);
    void run_next(Decisions& out);
    void interrupted(ErrorCode loss, Decisions& out);
    void recover(ErrorCode loss, Decisions& out);
    void reopen(ErrorCode loss, Decisions& out);
    void go_away(ErrorCode loss, Decisions& out);
    void answer_all(ErrorCode code, Decisions& out);
    void answer_overdue(Decisions& out);
    void rest(Decisions& out);
    void forget_troubles(Decisions& out);
    void disconnect(Decisions& out);

    MachineSettings settings_;
    Phase phase_ = Phase::Idle;
    RequestQueue queue_;
    std::optional<Running> running_;
    std::map<RequestId, unsigned> attempts_;  // of those that were interrupted
    std::set<RequestId> overdue_;  // in Away: those that have waited since the last RideThrough
    unsigned turn_operations_ = 0;
    unsigned recoveries_ = 0;
    unsigned busy_retries_ = 0;
    bool connected_ = false;
    bool turn_held_ = false;
    bool gap_due_ = false;
    bool quantum_passed_ = false;
    bool wanted_ = false;
    bool wanted_by_interactive_ = false;
    bool release_asked_ = false;
    bool unpower_tried_ = false;
    bool riding_through_ = false;
    bool stopping_ = false;
    ErrorCode away_code_ = ErrorCode::CardAbsent;
};

/// For tables, traces and messages.
const char* name_of(Phase phase);
const char* name_of(Timer timer);
std::string to_string(const Event& event);
std::string to_string(const Decision& decision);

}  // namespace cardmux::transaction

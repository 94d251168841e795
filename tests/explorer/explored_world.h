// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The machine that ships, and the least of the world around it that decides which events can come
// and whether a promise was broken: what each client still will do, what is under way, which faults
// are left, other processes, what the card and the token know of each other. A copyable value.
//
//   steps_of(world) -> each: take(copy, step) -> copy.simplify() -> copy.fingerprint()
#pragma once

#include <vector>

#include "tests/explorer/waiting_order.h"

namespace cardmux::explorer {

using transaction::CardMachine;
using transaction::Decision;
using transaction::Decisions;
using transaction::Event;
using transaction::MachineSettings;
using transaction::Timer;

/// How much there is of everything. What is explored is every order of it.
struct Bounds {
    unsigned clients = 3;     ///< at most clients_max; the later half are bulk, of 3 the last
    unsigned operations = 2;  ///< of each client; at most operations_max
    unsigned at_once = 1;     ///< requests that a client has open at a time
    unsigned faults = 2;
    unsigned withdrawals = 2;  ///< cancels and deadlines
    unsigned wishes = 1;       ///< of other processes for the turn
    unsigned logouts = 0;
    unsigned stops = 0;
    bool simplified = true;  ///< false: tells apart what makes no difference. Far more worlds.
};

struct World;
/// The machine's handle(), or in a test one that is broken.
using Handle = Decisions (*)(CardMachine& machine, const Event& event, const World& before);

/// What is explored.
struct Model {
    Bounds bounds;
    MachineSettings settings;  ///< the machine's
    MachineSettings promised;  ///< what is checked: the same, but in a test
    Handle handle = [](CardMachine& machine, const Event& event, const World&) {
        return machine.handle(event);
    };
};
/// The machine's limits as small as they can be and still count: every one is reached.
inline constexpr MachineSettings small_settings{.quantum_operations = 1,
                                                .attempts_max = 2,
                                                .recoveries_max = 2,
                                                .busy_retries_max = 1,
                                                .interactive_run_max = 1};

/// What was decided and has not been answered by its event yet.
enum class UnderWay : std::uint8_t { Nothing, TakeTurn, Begin, Run, End, Reconnect };
/// Who waits in other processes.
enum class Wanted : std::uint8_t { ByNobody, ByBulk, ByInteractive };
enum class Strike : std::uint8_t { None, Passing, Removal };

/// One event, with what the world does at the same moment.
struct Step {
    Event event;
    Strike strike = Strike::None;      ///< costs a fault
    Wanted wanted = Wanted::ByNobody;  ///< what the shell sees of others at an operation's end
};

struct World {
    CardMachine machine;
    WaitingOrder order;
    Requests open = 0;         // asked for and not answered
    std::uint8_t armed = 0;    // timers
    std::uint8_t running = 0;  // the request on the card, even if its caller has gone
    std::array<std::uint8_t, clients_max + 1> asked{};
    UnderWay under_way = UnderWay::Nothing;
    Wanted wanted = Wanted::ByNobody;
    bool turn_held = false;
    bool transaction_open = false;
    bool token_is_sure = false;  // that its authority stands: the epoch is the one that it knows
    bool card_grants = false;    // the card's own view: the PIN is verified
    bool card_out = false;       // or its reader, or the service
    bool leaving_due = false;    // the notice that the card left: it may come late
    bool arrival_due = false;    // and that it is back
    bool quantum_passed = false;
    bool bound_passed = false;  // the card was ours for too long at a stretch
    bool logout_due = false;
    bool stopping = false;
    std::uint8_t turn_operations = 0;
    std::uint8_t faults = 0;  // those left, as all that follow
    std::uint8_t withdrawals = 0;
    std::uint8_t wishes = 0;
    std::uint8_t logouts = 0;
    std::uint8_t stops = 0;

    explicit World(const Model& model);

    bool is_armed(Timer timer) const { return (armed >> static_cast<unsigned>(timer) & 1) != 0; }
    /// Nobody waits, nothing is under way: until somebody asks.
    bool at_rest() const;
    /// Forgets what makes no difference to anything that can still come.
    void simplify(const Model& model);
    /// Equal for worlds that differ only in which client of a class is which.
    transaction::Fingerprint fingerprint(const Model& model) const;
};

ServiceClass class_of(unsigned client, const Bounds& bounds);

/// All that can happen next; replaces what is in `steps`.
void steps_of(const World& world, const Model& model, std::vector<Step>& steps);

/// Lets it happen. None: every invariant held (but for WayBackToIdle, see way_back.h).
std::optional<Violation> take(World& world, const Step& step, const Model& model,
                              Decisions& decided);

std::string to_string(const Step& step);

}  // namespace cardmux::explorer

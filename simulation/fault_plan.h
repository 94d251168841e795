// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What may go wrong in a simulated run, where, and what must hold all the same. This was written
// before the code that does it: what is not in it may not happen, and recovery is promised from
// what is.
//
//   place            what may go wrong there                          what must hold
//   --------------   ----------------------------------------------   --------------------------
//   EstablishContext ServiceDown                                      calls end with an error of
//                                                                     the list, later ones work
//   ListReaders      ServiceDown, Unplugged                           the same reader is the same
//                                                                     slot afterwards
//   StatusChange     the same; Pulled, Swapped (at any time)          as ListReaders
//   Connect          Sharing (another program has it for itself),     retried; else an error of
//                    Mute, Pulled, ServiceDown                        the list
//   Begin            Reset, Pulled, ServiceDown; ForeignHold          nothing is seen of a reset
//   TransmitBefore   Reset, Pulled, Unplugged, ServiceDown, Hang      repeated if repeatable
//   TransmitAfter    LostAnswer, Truncated, Late, Reset, Pulled:      no PIN is spent twice, no
//                    the card has done it                             signature is wrong
//   End              Reset, Pulled, ServiceDown                       no authority is left behind
//   Reconnect        Reset, Pulled, ServiceDown                       bounded recoveries
//   Disconnect       Reset (who dies inside its transaction)          as Begin
//   at any time      all of these, by a person or another program;    as above, and:
//                    ForeignHold, ForeignSelect, ForeignVerify,       the other program is not
//                    ForeignDrop, ForeignReset                        disturbed, and gets in
//                    PinChanged                                       one try in all
//                    OneTryLeft                                       we never spend the last try
//                    ProcessKilled, ProcessStopped                    others go on: at once when
//                                                                     killed, within the limit of
//                                                                     no progress when stopped
//                    Stall (a thread gets no processor)               nothing is seen of it
//   allocation       not here: src/transaction/out_of_memory_test.cpp has it at every allocation
//   clock            only forward, by leaps (Stall): base's clock is monotonic
//
// With SystemRules::windows() the service resets a card that is left idle in a transaction for
// five seconds, and begin takes the card although it was reset.
//
// A plan is a matter of the seed: whole kinds are switched off (swarm testing), the rest come with
// a rate of their own. In sweep mode exactly one fault comes, at the n-th place that allows it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "simulation/system/seeded_random.h"

namespace cardmux::simulation {

enum class Fault : std::uint8_t {
    Reset,           ///< the card was reset by somebody
    Unpowered,       ///< the card lost power: as a reset, and it takes longer
    Pulled,          ///< the card was pulled; the same one comes back
    Swapped,         ///< another card took its place; the first one comes back
    Unplugged,       ///< the reader; it comes back with its card
    ServiceDown,     ///< the smart card service; it is started again
    Sharing,         ///< another program has the card for itself (a sharing violation)
    Mute,            ///< the card does not answer to reset
    LostAnswer,      ///< the card has carried the command out, nobody knows
    Truncated,       ///< the end of the answer is missing
    Late,            ///< the answer comes after a while
    Hang,            ///< the reader hangs for 13 minutes (LudovicRousseau/CCID#155)
    ForeignHold,     ///< another program has a transaction, perhaps for long
    ForeignSelect,   ///< ... and selects another applet in it
    ForeignVerify,   ///< ... and verifies the PIN, and leaves it verified
    ForeignDrop,     ///< ... and takes all authority off the card
    ForeignReset,    ///< ... and resets the card at its end
    PinChanged,      ///< behind our back
    OneTryLeft,      ///< another program presented wrong PINs until one try was left
    ProcessKilled,   ///< a second process of ours, wherever it is
    ProcessStopped,  ///< likewise, for a while
    Stall,           ///< a thread gets no processor for a while
};
inline constexpr std::size_t fault_count = 22;

const char* name_of(Fault fault);

enum class Place : std::uint8_t {
    EstablishContext,
    ListReaders,
    StatusChange,
    Connect,
    Begin,
    TransmitBefore,
    TransmitAfter,
    End,
    Reconnect,
    Disconnect,
    AnyTime,
};
inline constexpr std::size_t place_count = 11;

/// What of the list above may happen at this place.
const std::vector<Fault>& faults_at(Place place);

/// Which kinds a run has.
class FaultSet {
  public:
    bool has(Fault fault) const { return on_.at(static_cast<std::size_t>(fault)); }
    void add(Fault fault) { on_.at(static_cast<std::size_t>(fault)) = true; }
    bool empty() const;
    /// Only such as callers must not notice at all: every call of theirs succeeds.
    bool is_invisible() const;
    std::string text() const;

  private:
    std::array<bool, fault_count> on_{};
};

class FaultPlan {
  public:
    enum class Mode : std::uint8_t {
        Swarm,  ///< kinds and rates by the seed; one seed in four has no faults at all
        Calm,   ///< none
        Sweep,  ///< one of the kinds, at the n-th chance
    };

    FaultPlan(std::uint64_t seed, Mode mode, std::uint64_t sweep_step = 0);

    const FaultSet& kinds() const { return kinds_; }

    /// Whether, and what, goes wrong here. Nothing any more once the plan was ended.
    std::optional<Fault> draw(Place place);

    /// How many faults come at any time, of themselves, in the whole run.
    std::uint64_t events() const { return events_; }
    /// How long after the one before.
    Duration pause();
    /// How long a trouble of this kind lasts.
    Duration length_of(Fault fault);

    /// From now on nothing goes wrong.
    void end() { ended_ = true; }
    bool has_ended() const { return ended_; }
    std::uint64_t drawn() const { return drawn_; }
    /// The stream for what else a fault needs.
    SeededRandom& chance() { return chance_; }

  private:
    SeededRandom chance_;
    FaultSet kinds_;
    std::uint64_t one_in_ = 0;  ///< places at which something goes wrong
    std::uint64_t events_ = 0;
    std::uint64_t sweep_step_ = 0;  ///< 0: no sweep
    std::uint64_t chances_ = 0;
    std::uint64_t drawn_ = 0;
    std::uint64_t hangs_left_ = 1;  ///< one is enough
    /// The chance at which a reset at a place may come again: an operation that is reset eight
    /// times may end with an error, so where callers must not notice it has room to end in between.
    std::uint64_t next_reset_ = 0;
    bool ended_ = false;
};

}  // namespace cardmux::simulation

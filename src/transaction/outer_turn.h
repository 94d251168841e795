// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The outer turn: which Cardmux process may use a card now. Without it, pcsc-lite passes a card on
// by a 100 ms polling loop without order, in which one process can starve all others.
//
// Tickets: a process takes the next number of the card's file and locks the byte of that number;
// its turn has come when no lower byte is locked. The system releases the lock of a process that
// dies, and wakes who waits: first come first served, no polling, nothing to clean up.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "transaction/card_transaction.h"
#include "transaction/client.h"
#include "transaction/shared_folder.h"

namespace cardmux::transaction {

/// One card's turn, as one process sees it. Used by the card's owner thread, where nothing else is
/// said.
class OuterTurn : public PinLedger {
  public:
    /// Waits until it is this process's turn, without limit. Then the turn is ours until give().
    ///
    /// errors    SystemFailed: the file cannot be used; there is no turn to give back
    virtual Result<void> take(ServiceClass service_class) = 0;
    virtual void give() = 0;

    /// Somebody interactive waits here by now: the turn that was or is about to be asked for is an
    /// interactive one from now on, so that the process that has it sees it. Any thread; never
    /// waits. Ends with give().
    virtual void hurry() = 0;

    struct Wanted {
        bool by_anybody = false;
        bool by_interactive = false;
    };
    /// Whether other processes wait. Costs one system call or two, never waits.
    virtual Wanted wanted() = 0;

    /// When a Cardmux process let the card go last; a sign of life for those who wait. Any thread.
    virtual TimePoint last_released() const = 0;

    /// Since when Cardmux processes have had the card without leaving foreign programs a gap.
    /// Holds while the turn is ours.
    virtual TimePoint busy_since() = 0;
    /// A gap was left: the count begins anew. Holds while the turn is ours.
    virtual void gap_left() = 0;
};

/// How long the card must be free for a foreign program's SCardBeginTransaction to get in:
/// pcsc-lite asks again every 200 ms (docs/good_neighbour.md).
inline constexpr Duration foreign_gap = std::chrono::milliseconds(205);

/// A turn that no other process knows of: PC/SC's own lock decides between processes.
std::unique_ptr<OuterTurn> make_private_turn();

/// The turn of the card in `reader` of `world`, agreed on in `folder` (made if missing).
///
/// errors    SystemFailed (platform_code: errno): the folder cannot be made or used
Result<std::unique_ptr<OuterTurn>> open_shared_turn(const std::string& folder,
                                                    const std::string& world,
                                                    const std::string& reader);

/// The process whose turn it is, for `cardmux doctor`: none if the card is free or the folder
/// unknown.
std::optional<std::uint32_t> process_with_turn(const std::string& folder, const std::string& world,
                                               const std::string& reader);

}  // namespace cardmux::transaction

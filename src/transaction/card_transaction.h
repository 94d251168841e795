// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The lease of a card: whoever is handed a CardTransaction may send APDUs, nobody else can. It
// lives on the card's owner thread for one operation.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "iso7816/apdu_channel.h"

namespace cardmux::transaction {

/// What to send before the card is given up (taking our authority away). Called with the
/// transaction still open; its errors are logged, not passed on.
using Farewell = std::function<Result<void>(iso7816::ApduChannel&)>;

/// What processes tell each other about this card's PIN, in numbers that only grow: when one of
/// them had to learn that the PIN was changed, the others need not try it too. Holds while the turn
/// is ours.
class PinLedger {
  public:
    virtual ~PinLedger() = default;
    /// A new number, for a login that the card accepted. From 1.
    virtual std::uint64_t next_stamp() = 0;
    /// The number drawn when a PIN that had been right was refused last; 0: never. Logins with
    /// lower numbers may have been made with that PIN.
    virtual std::uint64_t refused_stamp() = 0;
    virtual void note_refused() = 0;
};

class CardTransaction;

/// What to do once the card can be used again, if it was lost (putting in order what was left on
/// it). An operation of its own, for which nobody waits; rules as for TransactionManager::perform.
using Aftercare = std::function<Result<void>(CardTransaction&)>;

class CardTransaction : public iso7816::ApduChannel {
  public:
    /// Changes whenever the card's state may have: selected applet, verified PIN, everything.
    virtual std::uint64_t epoch() const = 0;

    /// Changes whenever another card may be in the reader: removal, return, restart of the service.
    virtual std::uint64_t insertion() const = 0;

    /// The answer to reset of the card in the reader, 2..33 bytes.
    virtual ByteView atr() const = 0;

    virtual PinLedger& pin_ledger() = 0;

    /// Replaces what is sent before this transaction ends. Forgotten when the card is lost.
    virtual void set_farewell(Farewell farewell) = 0;

    /// Replaces what is done if the card is lost within this operation, whether or not its caller
    /// still waits. Where callers do the work it is not done: whoever set it has to do it when the
    /// card is used next.
    virtual void set_aftercare(Aftercare aftercare) = 0;

    /// The first transport failure in this operation, if there was one: the card was lost.
    virtual std::optional<ErrorCode> loss() const = 0;
};

}  // namespace cardmux::transaction

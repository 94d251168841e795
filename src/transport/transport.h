// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The way to readers and cards: PC/SC (pcsc_transport.cpp), or a simulated world. One ReaderService
// is used by one thread at a time and never shared (pcsc-lite serialises all calls on one context).
//
//   Transport::connect_service() -> ReaderService::list() / wait_for_change() / connect()
//     -> CardConnection::begin() -> transmit()... -> end() -> (destructor disconnects)
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"

namespace cardmux::transport {

/// What happens to the card when we let it go or take it back.
enum class Disposition : std::uint8_t { Leave, Reset, Unpower };

struct ReaderStatus {
    std::string name;
    bool card_present = false;
    bool card_mute = false;         ///< present, but it does not answer to reset
    bool used_exclusively = false;  ///< another program has it for itself
    bool in_use = false;            ///< some program is connected
    Bytes atr;                      ///< empty without a card; 33 bytes at most
    std::uint32_t event_count = 0;  ///< insertions and removals since the reader came, 16 bits used
    bool operator==(const ReaderStatus&) const = default;
};

/// One card, connected in shared mode. All calls by one thread at a time.
class CardConnection {
  public:
    virtual ~CardConnection() = default;

    /// Waits for exclusive use (other programs' transactions), as long as it takes.
    ///
    /// errors    CardReset (call reconnect, then begin again), CardRemoved, ReaderUnavailable,
    ///           ServiceUnavailable, CardUnresponsive, CardBusy
    virtual Result<void> begin() = 0;

    /// Ends exclusive use. After an error the transaction is over all the same.
    ///
    /// errors    as begin
    virtual Result<void> end(Disposition disposition) = 0;

    /// errors    as ApduChannel::transmit
    virtual Result<Bytes> transmit(ByteView command) = 0;

    /// Takes the card back after a reset. Whether a transaction is still held afterwards depends on
    /// the system (pcsc.md): call begin again.
    ///
    /// errors    as begin
    virtual Result<void> reconnect(Disposition initialization) = 0;

    /// The answer to reset, 2..33 bytes.
    virtual ByteView atr() const = 0;
};

class ReaderService {
  public:
    virtual ~ReaderService() = default;

    /// All readers now, in the service's order; none is not an error.
    ///
    /// errors    ServiceUnavailable, AccessDenied
    virtual Result<std::vector<ReaderStatus>> list() = 0;

    /// Waits until something differs from `known` (a reader, a card), or `timeout` passes.
    /// Returns what is there then; `interrupt` ends the wait early.
    ///
    /// errors    ServiceUnavailable, AccessDenied
    virtual Result<std::vector<ReaderStatus>> wait_for_change(
        const std::vector<ReaderStatus>& known, Duration timeout) = 0;

    /// Ends a wait_for_change that another thread is inside of, now or next. Any thread may call
    /// it.
    virtual void interrupt() = 0;

    /// Connects to the card in `reader`, shared, any protocol. May wait for another program's
    /// transaction without limit (pcsc-lite polls).
    ///
    /// errors    CardAbsent, ReaderUnavailable, ServiceUnavailable, CardBusy, CardUnresponsive,
    ///           AccessDenied
    virtual Result<std::unique_ptr<CardConnection>> connect(const std::string& reader) = 0;
};

class Transport {
  public:
    virtual ~Transport() = default;

    /// A service connection of the caller's own. Any thread.
    ///
    /// errors    ServiceUnavailable, AccessDenied
    virtual Result<std::unique_ptr<ReaderService>> connect_service() = 0;

    /// Text that tells this transport's world apart from others on this machine (the service's
    /// socket, say): part of the name under which processes share a card. Empty: not shared between
    /// processes.
    virtual std::string world() const = 0;
};

/// PC/SC of this system: pcsc-lite, or winscard.
std::unique_ptr<Transport> make_pcsc_transport();

}  // namespace cardmux::transport

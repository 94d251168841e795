// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A card provider with the fault that Cardmux exists to be without, made on purpose: the card's
// handle belongs to the session that opened it. Others find it in a cache and use it too; when its
// owner closes, it is closed, whoever is using it. And the transaction is ended by a timer, some
// time after the operation, through a handle that may be another's by then. So it is described, for
// Microsoft's Base CSP, in the article "0x6 ERROR_INVALID_HANDLE when a multithreaded application
// accesses a BaseCSP smart card".
//
// The fault shows as error codes, never as undefined behaviour: this is a canary, not a crash test.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/secret.h"
#include "base/sync.h"
#include "drivers/card_driver.h"
#include "transport/transport.h"

namespace cardmux::naive {

using CardHandle = std::uint64_t;
using SessionId = std::uint64_t;

/// What it locks with. It stays locked while the card works, which no Mutex may; so it is made of
/// one that does not, and runs in the simulated world as well.
class Gate {
  public:
    void close() {
        auto closed = closed_.lock();
        while (*closed) closed.wait(opened_, Deadline::never());
        *closed = true;
    }
    void open() {
        *closed_.lock() = false;
        opened_.notify_one();
    }

  private:
    Guarded<bool> closed_{LockRank::Session, false};
    Condition opened_;
};

/// Has a gate closed for as long as it lives.
class InsideGate {
  public:
    explicit InsideGate(Gate& gate) : gate_(gate) { gate_.close(); }
    ~InsideGate() { gate_.open(); }
    InsideGate(const InsideGate&) = delete;
    InsideGate& operator=(const InsideGate&) = delete;

  private:
    Gate& gate_;
};

class NaiveCardManager {
  public:
    /// specification    of the simulated cards, as CARDMUX_SIMULATE has it
    /// errors           InvalidArgument; KeyNotFound; those of the card
    static Result<std::unique_ptr<NaiveCardManager>> create(const std::string& specification);
    /// The card in this reader of a world that is there.
    ///
    /// errors           KeyNotFound; those of the card
    static Result<std::unique_ptr<NaiveCardManager>> create(
        std::shared_ptr<transport::Transport> transport, const std::string& reader);
    ~NaiveCardManager();
    NaiveCardManager(const NaiveCardManager&) = delete;
    NaiveCardManager& operator=(const NaiveCardManager&) = delete;

    /// The handle that is open already, or a new one, which `session` then owns.
    ///
    /// errors    those of the transport
    Result<CardHandle> acquire(SessionId session);

    /// Closes the handle that this session opened. The fault: others may be using it.
    void release(SessionId session);

    /// errors    InvalidArgument: the handle is closed; those of the card
    Result<void> verify(CardHandle handle, const SecretBytes& pin);
    /// errors    as verify
    Result<Bytes> sign(CardHandle handle, const SecretBytes& pin, ByteView block);

    const drivers::CardKey& key() const { return key_; }
    const std::string& reader() const { return reader_; }

  private:
    struct Connection;
    NaiveCardManager(std::shared_ptr<transport::Transport> transport, std::string reader);
    Result<std::shared_ptr<Connection>> connect();
    std::shared_ptr<Connection> find(CardHandle handle);
    void end_transaction_later(CardHandle handle);
    void run_timer();

    const std::shared_ptr<transport::Transport> transport_;
    const std::string reader_;
    drivers::CardKey key_;

    struct State {
        std::map<CardHandle, std::shared_ptr<Connection>> connections;
        std::map<SessionId, CardHandle> owners;
        CardHandle cached = 0;
        CardHandle next_handle = 1;
        CardHandle timer_handle = 0;  ///< whose transaction the timer will end; 0: none
        TimePoint timer_when{};
        bool is_ending = false;
    };
    Gate opening_;  ///< one connection is opened at a time
    Guarded<State> state_{LockRank::Token};
    Condition changed_;
    Thread timer_;
};

}  // namespace cardmux::naive

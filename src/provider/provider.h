// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The composition root: builds everything from one Environment, and owns it. A process may have
// several (tests do); each interface keeps one.
//
//   Provider::create(environment, settings) -> slots() -> slot(id)->token() -> Token
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "provider/environment.h"
#include "provider/settings.h"
#include "token/token.h"

namespace cardmux::provider {

/// Unique for a reader as long as the provider lives, never reused for another; from 0 upwards.
using SlotId = std::uint32_t;

struct SlotStatus {
    SlotId id = 0;
    std::string reader;
    bool reader_present = true;  ///< false: unplugged; the slot stays, empty
    bool card_present = false;
    bool card_mute = false;
    Bytes atr;
};

class Slot {
  public:
    virtual ~Slot() = default;
    virtual SlotId id() const = 0;
    virtual const std::string& reader() const = 0;

    /// The token for the card in this reader. Touches no card and waits for nothing: the same token
    /// as before, unless that one has found another card in its place (CardChanged).
    virtual std::shared_ptr<token::Token> token() = 0;
};

class Provider {
  public:
    virtual ~Provider() = default;

    /// Touches no card, connects to nothing yet.
    ///
    /// errors    OutOfMemory
    static Result<std::shared_ptr<Provider>> create(Environment environment,
                                                    const Settings& settings);

    /// All readers seen since the provider was made, in the order of their ids. No APDU. The first
    /// call waits for the smart card service, at most until `deadline`.
    ///
    /// errors    TimedOut, ServiceUnavailable (with an empty list of readers: none ever seen),
    ///           AccessDenied, ShuttingDown
    virtual Result<std::vector<SlotStatus>> slots(Deadline deadline) = 0;

    /// One slot's state, as slots() would say it.
    ///
    /// errors    ReaderUnavailable: no such id
    virtual Result<SlotStatus> status(SlotId id) = 0;

    /// Null if no slot has this id.
    virtual std::shared_ptr<Slot> slot(SlotId id) = 0;

    /// A new queued party. Client ids are never reused.
    virtual token::Client make_client(token::DomainId domain) = 0;

    /// Ends every wait (ShuttingDown), then every hold, then the threads: at most until `deadline`,
    /// after which a thread that hangs in the smart card service is left to itself.
    virtual void shut_down(Deadline deadline) = 0;

    /// Changes Settings::hold for all cards, from their next operation on. No effect if it was zero
    /// when the provider was made.
    virtual void set_hold(Duration hold) = 0;

    /// `listener` is called whenever a card has come or gone, once the cards' own threads have been
    /// told, as long as the provider lives: on a thread of ours, with no lock held. It must not
    /// wait. What was there at the first slots() has not come.
    virtual void add_change_listener(std::function<void()> listener) = 0;

    virtual const Settings& settings() const = 0;
};

}  // namespace cardmux::provider

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// NCryptNotifyChangeKey: events that a program waits on until the keys have changed. Here that is
// when a card comes or goes, and when this process has changed what is on one; what others write to
// a card is seen by nobody.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "api/ksp/outcome.h"
#include "api/windows/handle_table.h"
#include "base/sync.h"
#include "provider/provider.h"

namespace cardmux::ksp {

/// The system's events, as HANDLE. A wait that ends takes the signal away, so that a program may
/// wait in a loop with one event.
struct EventCalls {
    std::function<Result<std::uint64_t>()> make;
    std::function<void(std::uint64_t event)> signal;
    std::function<void(std::uint64_t event)> close;
};

class ChangeNotices : public std::enable_shared_from_this<ChangeNotices> {
  public:
    explicit ChangeNotices(EventCalls calls) : calls_(std::move(calls)) {}

    /// A new event, which is the provider handle's.
    ///
    /// errors    those of EventCalls::make
    Result<std::uint64_t> add(api::Handle provider);
    /// Closes the event. False: the handle has no such event.
    bool remove(api::Handle provider, std::uint64_t event);
    /// The handle is freed: whoever waits is woken for the last time, and its events are closed.
    void remove_all(api::Handle provider);

    /// From now on these cards' coming and going counts. Nothing the second time.
    void watch(const std::shared_ptr<provider::Provider>& cards);
    /// Signals every event. Any thread.
    void tell();

  private:
    struct Notice;
    struct State {
        std::vector<std::shared_ptr<Notice>> notices;
        std::weak_ptr<provider::Provider> watched;
    };

    const EventCalls calls_;
    Guarded<State> state_{LockRank::Session};
};

class Ksp;

/// What the function does, by its flags.
///
/// event     the new one (NCRYPT_REGISTER_NOTIFY_FLAG), or the one to be closed, which then is
///           INVALID_HANDLE_VALUE (NCRYPT_UNREGISTER_NOTIFY_FLAG)
/// errors    NTE_INVALID_HANDLE; NTE_BAD_FLAGS: not exactly one of the two;
///           NTE_INVALID_PARAMETER: not an event of this provider handle
/// waits     for the smart card service, the first time, five seconds at most
Outcome<void> notify_change(Ksp& ksp, api::Handle provider, std::uint64_t& event,
                            std::uint32_t flags);

}  // namespace cardmux::ksp

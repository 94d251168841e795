// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A simulated card in a virtual reader: connects to one slot of vpcd (the reader driver of the
// vsmartcard project, loaded by a real pcscd) and answers for the card. A connection is a card in
// the reader; closing it pulls the card. Not the reader and not pcscd: see vpcd_private_pcscd.h.
//
//     VpcdClient slot(35963);
//     slot.start();
//     slot.insert(card);          // pcscd sees it within a second
//     slot.remove();              // also in the middle of a command
#pragma once

#include <cstdint>
#include <memory>

#include "base/sync.h"
#include "simulation/simulated_card.h"

namespace cardmux::simulation {

class VpcdClient {
  public:
    /// Speaks to the slot that listens on this TCP port of the loopback address.
    explicit VpcdClient(std::uint16_t port);
    /// Pulls the card and waits until a command in progress has ended.
    ~VpcdClient();
    VpcdClient(const VpcdClient&) = delete;
    VpcdClient& operator=(const VpcdClient&) = delete;

    /// Starts the slot's thread. Call once.
    ///
    /// errors    SystemFailed: the system has no thread to give
    Result<void> start();

    /// Puts a card into the reader, in place of the one that is there. From now on the connection
    /// is made, and made again whenever it is lost, until the card is removed.
    void insert(std::shared_ptr<SimulatedCard> card);

    /// Pulls the card at once, even while it works on a command; that command's answer is lost.
    void remove();

    /// The card in the reader, null if there is none. Usable while it works.
    std::shared_ptr<SimulatedCard> card();

    /// Whether vpcd has been reached with the card that is inserted now.
    bool is_connected();

  private:
    struct State {
        std::shared_ptr<SimulatedCard> card;
        std::uint64_t insertion = 0;  ///< counts insertions and removals
        int connection = -1;          ///< open only while this insertion lasts
        bool stopping = false;
    };

    void run();
    void serve_one_connection(SimulatedCard& card, std::uint64_t insertion);
    bool publish(int connection, std::uint64_t insertion);
    void change_card(std::shared_ptr<SimulatedCard> card, bool stopping);

    const std::uint16_t port_;
    Guarded<State> state_{LockRank::Transport};
    Condition changed_;
    Thread thread_;
};

}  // namespace cardmux::simulation

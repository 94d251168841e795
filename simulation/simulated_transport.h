// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Readers with simulated cards inside this process, behind the same interface as PC/SC, and true to
// what pcsc-lite does (docs of the interface: transport/transport.h). A foreign program is simply a
// second service with a connection of its own. What a person does (put in, pull, swap, unplug,
// restart the service) are the functions below; any thread may call them at any time, also while
// the cards work.
//
//   auto transport = std::make_shared<SimulatedTransport>();
//   transport->add_reader("Reader 0");
//   transport->insert("Reader 0", card);
//
// As pcsc-lite, by its source and as tried (pcscd 1.9.9):
// - begin waits while another connection has a transaction; so do connect, reconnect and transmit.
//   Nobody stands in a queue: whoever comes first when it ends.
// - begin, and transmit once it need not wait, say CardReset if the card was reset by anybody since
//   this connection connected or reconnected, even by this connection's own end(Reset).
// - Transactions of one connection nest; reconnect keeps them.
// - A card that is put back is another one to the connections to it: CardRemoved for good.
// - When the service stops, every connection to it is useless for good: ServiceUnavailable.
// - A connection that ends inside its transaction, as that of a program that dies, resets the card.
//
// Windows' resource manager has other rules; SystemRules says which, and from where.
#pragma once

#include <memory>
#include <string>

#include "base/sync.h"
#include "simulation/simulated_card.h"
#include "transport/transport.h"

namespace cardmux::simulation {

/// Where Windows' resource manager differs from pcsc-lite, which is what the defaults are.
struct SystemRules {
    /// A transaction in which no command begins or ends for so long is over, and the card reset:
    /// its holder gets CardReset from the next call on. A command in progress is no idleness. Zero:
    /// no such rule.
    ///
    /// source    Win32, SCardBeginTransaction, remarks: 5 s, Windows 8 and later
    Duration idle_limit = Duration::zero();
    /// A begin that says CardReset waits for the card and has it all the same, until reconnect or
    /// end. The remarks leave open whether it has; this is the worse case for the others.
    bool begin_takes_a_reset_card = false;
    /// reconnect gives the connection's transactions up; pcsc-lite keeps them.
    bool reconnect_ends_transactions = false;

    static SystemRules windows() {
        return {.idle_limit = std::chrono::seconds(5),
                .begin_takes_a_reset_card = true,
                .reconnect_ends_transactions = true};
    }
};

struct SimulatedTransportOptions {
    /// How often a waiting begin or connect looks again. Zero: it is woken at once. pcsc-lite has
    /// 100 ms.
    Duration poll_interval = Duration::zero();
    std::string world{};  ///< see Transport::world
    SystemRules rules{};
};

class SimulatedTransport final : public transport::Transport {
  public:
    explicit SimulatedTransport(SimulatedTransportOptions options = {});
    ~SimulatedTransport() override;
    SimulatedTransport(const SimulatedTransport&) = delete;
    SimulatedTransport& operator=(const SimulatedTransport&) = delete;

    Result<std::unique_ptr<transport::ReaderService>> connect_service() override;
    std::string world() const override { return options_.world; }

    // Readers are known by name; false: there is no such reader (or, for add_reader, there is one).

    bool add_reader(const std::string& reader);
    /// Unplugs it. A card in it is pulled with it.
    bool remove_reader(const std::string& reader);

    /// Puts a card in and switches it on; a card that was in there is pulled first.
    bool insert(const std::string& reader, std::shared_ptr<SimulatedCard> card);
    /// Pulls the card, even out of a command in progress: that one fails with CardRemoved.
    bool remove(const std::string& reader);
    /// Resets the card as a bad contact would, even within somebody's transaction.
    bool reset(const std::string& reader);
    /// Null if there is none.
    std::shared_ptr<SimulatedCard> card(const std::string& reader);

    /// The card no longer answers to reset: new connections fail with CardUnresponsive.
    bool set_mute(const std::string& reader, bool mute);
    /// Another program takes the card for itself: new connections fail with CardBusy.
    bool set_used_exclusively(const std::string& reader, bool exclusive);

    /// Whether a connection has a transaction, or a command in progress.
    bool is_in_transaction(const std::string& reader);

    /// How many transactions were ended by SystemRules::idle_limit.
    std::uint64_t idle_resets();

    /// The service dies and every wait in it ends. Cards lose power.
    void stop_service();
    void start_service();

  private:
    struct Reader;
    struct World;
    struct Shared;
    class Connection;
    class Service;

    template <typename Change>
    bool change_reader(const std::string& reader, Change change);

    const SimulatedTransportOptions options_;
    const std::shared_ptr<Shared> shared_;
};

}  // namespace cardmux::simulation

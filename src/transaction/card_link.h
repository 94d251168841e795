// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The owner thread's hand on the card: its own connection to the smart card service, the connection
// to the card, the transaction, the farewell. Plain and blocking; used by one thread at a time;
// decides nothing (card_machine.h does).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/log.h"
#include "transaction/card_transaction.h"
#include "transport/transport.h"

namespace cardmux::transaction {

class CardLink final : public CardTransaction {
  public:
    /// `ledger` and `log` must outlive it.
    CardLink(std::shared_ptr<transport::Transport> transport, std::string reader, PinLedger& ledger,
             LogSink& log);

    struct Failure {
        ErrorCode code = ErrorCode::Internal;
        bool connected = false;
        std::int64_t platform_code = 0;
    };
    /// Connects if need be and begins the transaction. None: it is open.
    std::optional<Failure> begin();
    /// Says farewell and ends the transaction. The connection stays.
    void end();
    std::optional<Failure> reconnect(bool unpower);
    void disconnect();

    /// The operation broke off in the middle of something: what is known of the card's state is
    /// looked at anew.
    void doubt_state() { ++epoch_; }

    /// Starts a new operation: forgets the last one's loss and aftercare, counts from zero.
    void start_operation();
    /// What the operation wants done because the card was lost under it; null: nothing.
    Aftercare take_aftercare() { return loss_ ? std::exchange(aftercare_, nullptr) : nullptr; }
    unsigned apdu_count() const { return apdu_count_; }

    // CardTransaction
    Result<Bytes> transmit(ByteView command) override;
    std::uint64_t epoch() const override { return epoch_; }
    std::uint64_t insertion() const override { return insertion_; }
    ByteView atr() const override;
    PinLedger& pin_ledger() override { return ledger_; }
    void set_farewell(Farewell farewell) override { farewell_ = std::move(farewell); }
    void set_aftercare(Aftercare aftercare) override { aftercare_ = std::move(aftercare); }
    std::optional<ErrorCode> loss() const override { return loss_; }

  private:
    void say_farewell();
    Result<Bytes> transmit_or_lose(ByteView command);
    Result<void> connect();
    Result<void> connect_once();
    /// Tells a card that was there all the time from one that was put in meanwhile.
    Result<void> note_insertion();
    void note_loss(ErrorCode code);

    std::shared_ptr<transport::Transport> transport_;
    std::string reader_;
    PinLedger& ledger_;
    LogSink& log_;
    std::unique_ptr<transport::ReaderService> service_;
    std::unique_ptr<transport::CardConnection> connection_;
    Farewell farewell_;
    Aftercare aftercare_;
    std::optional<ErrorCode> loss_;
    std::optional<std::uint32_t> event_count_;  // the reader's, when the card was connected last
    std::uint64_t epoch_ = 0;
    std::uint64_t insertion_ = 0;
    unsigned apdu_count_ = 0;
    bool transaction_open_ = false;
};

/// Whether this error means that the card, its reader or the service was lost, not that it said no.
bool is_loss(ErrorCode code);

}  // namespace cardmux::transaction

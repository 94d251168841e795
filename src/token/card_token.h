// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The Token of a real card: brings together the client's half of authority (LoginBook), the card's
// half (CardSide) and the turn on the card (TransactionManager).
#pragma once

#include <functional>

#include "base/sync.h"
#include "token/card_side.h"
#include "token/login_book.h"
#include "token/token.h"
#include "token/writing/key_writer.h"
#include "transaction/transaction_manager.h"

namespace cardmux::token {

struct TokenSettings {
    CardSideSettings card;
    std::vector<drivers::DriverProbe> drivers;  ///< in probing order
    /// Reads the management key of the settings; null: there is none.
    std::function<Result<SecretBytes>()> management_key{};
};

class CardToken final : public Token {
  public:
    /// `random` must outlive the manager.
    CardToken(std::shared_ptr<transaction::TransactionManager> manager,
              const TokenSettings& settings, RandomSource& random, std::shared_ptr<LogSink> log);

    Result<std::shared_ptr<const TokenContents>> contents(const Client& client,
                                                          Deadline deadline) override;
    void distrust_contents() override;
    Result<void> login(const Client& client, const SecretBytes& pin, Deadline deadline) override;
    Result<void> check_operation_pin(const Client& client, const SecretBytes& pin,
                                     Deadline deadline) override;
    void cancel(const Client& client) override;
    bool is_logged_in(DomainId domain) const override;
    bool logout(DomainId domain) override;
    void end_hold(Deadline deadline) override;
    Result<Bytes> sign(const Client& client, const SignRequest& request,
                       Deadline deadline) override;
    Result<SecretBytes> decrypt(const Client& client, const DecryptRequest& request,
                                Deadline deadline) override;
    Result<SecretBytes> derive(const Client& client, const DeriveRequest& request,
                               Deadline deadline) override;
    Result<std::uint8_t> create_key(const Client& client, NewKey key, Deadline deadline) override;
    Result<void> delete_key(const Client& client, std::uint8_t reference, Deadline deadline,
                            const crypto::PublicKey* public_key) override;
    Result<void> write_certificate(const Client& client, std::uint8_t reference, ByteView der,
                                   Deadline deadline) override;
    Result<std::optional<int>> read_pin_tries(const Client& client, Deadline deadline) override;
    std::optional<int> pin_tries_left() const override;

    /// Another card has taken this one's place for good.
    bool is_changed() const;

  private:
    struct State {
        LoginBook logins;
        std::shared_ptr<const TokenContents> contents;
        std::uint64_t contents_insertion = 0;
        std::uint64_t contents_left_count = 0;
        std::uint64_t outdated_count = 0;  ///< how often what was read stopped counting
        bool distrusts_card_side = false;  ///< it is to read the card again
        std::optional<int> tries_left;
        bool changed = false;

        /// What was read before is not what is there, also for who is about to store it.
        void outdate() {
            contents.reset();
            ++outdated_count;
        }
        /// Nor is what the card's side has kept of it.
        void distrust() {
            outdate();
            distrusts_card_side = true;
        }
    };
    using Card = transaction::CardTransaction;

    /// Everything that may still be used by an operation whose caller has given up.
    struct Shared {
        explicit Shared(std::shared_ptr<CardSide> side_)
            : side(std::move(side_)), state(LockRank::Token) {}
        std::shared_ptr<CardSide> side;  // owner thread only
        mutable Guarded<State> state;
    };

    struct KeyUse {
        drivers::CardKey key;
        Bytes block;  // or the peer's point
        bool derives = false;
        DomainId domain = 0;
        SharedPin operation_pin;            // for this one operation, or null
        bool application_presents = false;  // the card has not accepted it yet
    };

    /// Whether an operation is run once more if another applet answered it.
    enum class Repeating : std::uint8_t { Yes, No };
    /// What the log says of an operation.
    struct Purpose {
        const char* operation = "";
        std::string key{};
        Repeating repeating = Repeating::Yes;
        Duration no_progress_limit = Duration::zero();  ///< as Request's
    };

    template <typename T>
    Result<T> on_card(const Client& client, const Purpose& purpose, Deadline deadline,
                      std::function<Result<T>(Shared&, Card&)> work);
    template <typename T>
    Result<T> write_to_card(const Client& client, Purpose purpose, Deadline deadline,
                            std::function<Result<T>(KeyWriter&)> work);
    void reclaim_authority(const Client& client, Deadline deadline);
    Result<void> present_for_application(const Client& client, const SharedPin& pin,
                                         Deadline deadline);
    Result<Bytes> use_key(const Client& client, KeyUse use, const char* operation,
                          Deadline deadline);
    template <typename Request>
    Result<KeyUse> describe_use(const Client& client, const Request& request, Deadline deadline);

    static Result<Bytes> operate(Shared& shared, Card& card, const KeyUse& use);
    static bool fits(const KeyUse& use, ByteView result);
    static Result<Bytes> use_key_on_card(Shared& shared, Card& card, const KeyUse& use);
    static Result<Bytes> use_or_distrust(Shared& shared, Card& card, const KeyUse& use);
    static Result<void> authorise(Shared& shared, Card& card, const KeyUse& use);
    static void forget_if_void(Shared& shared, const SharedPin& pin, const Error& error);
    static void note(Shared& shared, const Error& error);

    std::shared_ptr<transaction::TransactionManager> manager_;
    RandomSource& random_;
    std::shared_ptr<LogSink> log_;
    std::function<Result<SecretBytes>()> management_key_;
    std::shared_ptr<Shared> shared_;
};

}  // namespace cardmux::token

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// One change of a card's keys, from looking what is there to taking the authority away again. Lives
// on the card's owner thread, within one operation. What is checked is checked before the first
// command that writes: up to there the operation may be run again.
#pragma once

#include <atomic>
#include <functional>

#include "token/card_side.h"
#include "token/new_key.h"

namespace cardmux::token {

/// Whether a caller's change is made: decided once, by whoever of the two sides comes first.
class WriteDecision {
  public:
    /// The card's side, before the first command that writes. False: nobody wants it any more.
    bool begin() { return decide(State::Begun); }
    /// The caller's side, when it waits no longer. False: it has begun, and goes on.
    bool abandon() { return decide(State::Abandoned); }

  private:
    enum class State : std::uint8_t { Open, Begun, Abandoned };
    bool decide(State wanted) {
        State before = State::Open;
        return state_.compare_exchange_strong(before, wanted) || before == wanted;
    }
    std::atomic<State> state_{State::Open};
};

class KeyWriter {
  public:
    /// What it needs to be allowed to write.
    struct Authority {
        SharedPin pin;
        std::shared_ptr<const SecretBytes> management_key;  ///< null: as the card has it
        std::shared_ptr<WriteDecision> decision;
        std::function<void()> note_begun;  ///< called before the first command that writes
    };

    /// All must outlive it; `side` is prepared.
    KeyWriter(CardSide& side, CardSide::Card& card, Authority authority, RandomSource& random)
        : side_(side), card_(card), authority_(std::move(authority)), random_(random) {}
    ~KeyWriter() = default;
    KeyWriter(const KeyWriter&) = delete;
    KeyWriter& operator=(const KeyWriter&) = delete;

    /// As Token::create_key.
    ///
    /// errors    as there
    Result<std::uint8_t> create(const NewKey& key);
    /// As Token::delete_key.
    ///
    /// errors    as there
    Result<void> remove(std::uint8_t reference, const crypto::PublicKey* public_key);
    /// As Token::write_certificate.
    ///
    /// errors    as there
    Result<void> certify(std::uint8_t reference, ByteView der);

    /// Takes the authority to write away, if it was gained. Forgets what was read of the card, if
    /// anything was written.
    void finish();

    /// Whether a command went out that may have changed the card.
    bool has_written() const { return has_written_; }

  private:
    struct Plan {
        std::uint8_t reference = 0;
        std::string name;  ///< to store; empty: the derived one
        bool is_free = true;
        bool shows_keys = true;
        Bytes old_certificate{};  ///< what is there now; empty: none that can be read
    };
    using Reading = std::shared_ptr<const CardSide::Reading>;

    Result<Reading> read_anew();
    Result<void> begin();
    Result<Plan> plan(const NewKey& key);
    Result<std::optional<std::uint8_t>> wanted_place(const NewKey& key,
                                                     const CardSide::Reading& reading);
    Result<std::uint8_t> find_free_place(const NewKey& key, const CardSide::Reading& reading);
    bool fits(const NewKey& key, std::uint8_t reference);
    Result<std::string> name_to_store(const std::string& name, std::uint8_t reference,
                                      const CardSide::Reading& reading);
    Result<void> check_import(const NewKey& key, bool shows_keys);
    Result<void> check_certifiable(const NewKey& key, const Plan& plan);
    Result<crypto::PublicKey> put_key(const NewKey& key, std::uint8_t reference);
    Result<crypto::PublicKey> put_key_in_place(const NewKey& key, const Plan& plan);
    Error take_back(std::uint8_t reference, const Error& reason);
    Result<void> dress_key(const Plan& plan, const crypto::PublicKey& public_key);
    Result<void> certify_itself(const Plan& plan, const crypto::PublicKey& public_key);
    Result<void> check_imported(std::uint8_t reference, const crypto::PublicKey& public_key);

    drivers::CardManagement& management() { return *side_.management(); }

    CardSide& side_;
    CardSide::Card& card_;
    Authority authority_;
    RandomSource& random_;
    bool has_written_ = false;
};

}  // namespace cardmux::token

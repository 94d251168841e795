// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The card's half of a token: what is known about the card in this insertion and this epoch, and
// what must be sent before it can be used. Lives on the card's owner thread: one operation at a
// time, no lock.
//
//   prepare() -> present() -> operate() ... -> (end of the hold) farewell: the authority goes
#pragma once

#include <optional>
#include <vector>

#include "base/log.h"
#include "base/random.h"
#include "drivers/card_driver.h"
#include "token/pin.h"
#include "transaction/card_transaction.h"

namespace cardmux::token {

struct CardSideSettings {
    bool leave_authority = false;
    bool reuse_pin_without_proof = false;
};

class CardSide : public std::enable_shared_from_this<CardSide> {
  public:
    using Card = transaction::CardTransaction;

    /// `random` and `log` must outlive every hold.
    CardSide(std::vector<drivers::DriverProbe> probes, CardSideSettings settings,
             RandomSource& random, std::shared_ptr<LogSink> log);

    /// Makes sure that this is the token's own card and that its applet is selected. No APDU within
    /// an epoch that was prepared already.
    ///
    /// errors    CardChanged (from then on for good), CardNotRecognized; those of
    ///           ApduChannel::transmit
    Result<void> prepare(Card& card);

    struct Reading {
        drivers::CardIdentity identity;
        drivers::CardContents contents;
        std::uint64_t insertion = 0;
        std::uint64_t number = 0;                 ///< later readings have larger ones
        std::vector<std::uint8_t> free_places{};  ///< as TokenContents'
        bool keeps_names = false;
    };
    /// What the card holds: read once an insertion. Needs prepare().
    ///
    /// errors    those of ApduChannel::transmit
    Result<std::shared_ptr<const Reading>> read(Card& card);
    /// What was read may be wrong (somebody wrote to the card): read again next time.
    void distrust_reading() { reading_.reset(); }

    /// The application presents the PIN: it goes to the card whatever we think of it. If the answer
    /// was lost, it goes there again only if the card's counter proves that it was not counted.
    ///
    /// errors    PinIncorrect (detail: tries left), PinBlocked, PinFormatInvalid, OutcomeUnknown;
    ///           those of ApduChannel::transmit
    Result<void> present_for_application(Card& card, const SharedPin& pin);

    enum class Need : std::uint8_t {
        Verified,      ///< the PIN is verified in this epoch
        JustVerified,  ///< the PIN is verified by the command directly before
    };
    /// We present the PIN of ourselves, if the card needs it and if that is safe: this very card
    /// has accepted it, it was never refused, and more than one try is left.
    ///
    /// errors    LoginRequired, PinWithheld (detail: tries left); those of ApduChannel::transmit
    Result<void> present_ourselves(Card& card, const SharedPin& pin, Need need);

    /// Whether the key's place still holds this very key, as the card tells: asked once in an epoch
    /// and after each change. For outcomes that do not prove it by themselves. Comes before the
    /// PIN: cards want nothing between VERIFY and the use of some keys. Needs prepare().
    ///
    /// errors    KeyNotFound: another one, or none; those of prepare() and
    ///           CardDriver::read_public_key
    Result<void> check_holds(Card& card, const drivers::CardKey& key);

    /// The private key's operation. If the card lost our authority without telling, forgets that we
    /// had it and says SecurityNotSatisfied: present and try once more.
    ///
    /// errors    those of CardDriver::private_key_operation
    Result<Bytes> operate(Card& card, const drivers::CardKey& key, ByteView input);
    /// The same for CardDriver::derive.
    ///
    /// errors    those of CardDriver::derive
    Result<SecretBytes> derive(Card& card, const drivers::CardKey& key, ByteView peer_point);

    // Writing: begin_writing() -> management()->... -> end_writing()

    /// Null: this card cannot be written. Needs prepare().
    drivers::CardManagement* management() { return driver_ ? driver_->management() : nullptr; }

    /// Whether the card in this insertion has refused this management key (null: its own).
    bool has_refused(const SecretBytes* key) const;

    /// Gets the authority to write, once it is sure that it can be taken away again.
    ///
    /// key       the management key as in the settings, or null
    /// needs     management()
    /// errors    NotSupported, and those of present_ourselves() and CardManagement::authenticate
    Result<void> begin_writing(Card& card, const SharedPin& pin, const SecretBytes* key);

    /// Takes it away, and the PIN's with it. If the card was lost, the next prepare() does it.
    void end_writing(Card& card);

    /// Whether the authority to write may be on the card still.
    bool may_be_manager() const { return manager_may_be_there_; }

    /// The card was written to: nothing that was read before counts.
    ///
    /// errors    those of CardDriver::read_identity
    Result<void> forget_contents(Card& card);

    /// Whether this error says that another applet was selected behind our back, within our
    /// transaction even (a bad contact, a reader driver that resets): then nothing is taken for
    /// granted any more.
    bool forgets_selection(const Error& error);

    /// Tries left as the card says in this epoch; 0: blocked. Needs prepare().
    ///
    /// errors    those of ApduChannel::transmit
    Result<std::optional<int>> ask_for_tries(Card& card);

    /// Tries left as the card said last.
    std::optional<int> tries_left() const { return tries_left_; }

  private:
    Result<void> meet_card(Card& card);
    Result<void> learn_authority(Card& card);
    Result<void> verify(Card& card, const SharedPin& pin);
    void set_farewell(Card& card);
    Result<void> take_manager_away(iso7816::ApduChannel& channel);
    Result<void> take_left_manager_away(Card& card);
    Result<bool> prove(Card& card);

    struct LostVerify {
        std::weak_ptr<Pin> pin;
        std::uint64_t login_stamp = 0;  ///< the PIN's
        std::optional<int> tries_before;
        bool was_right = false;  ///< the card had accepted it before in this epoch
    };
    enum class Settled : std::uint8_t { NothingLost, NotCounted, Counted, Unknown };
    Settled settle_lost_verify(Card& card);
    static void note_refused(Card& card, std::uint64_t login_stamp);

    std::vector<drivers::DriverProbe> probes_;
    CardSideSettings settings_;
    RandomSource& random_;
    std::shared_ptr<LogSink> log_;

    std::optional<drivers::CardIdentity> identity_;  // the token's, from the first meeting on
    std::optional<drivers::CardKey> proof_key_;  // known from an earlier reading of this very card
    bool changed_ = false;

    std::unique_ptr<drivers::CardDriver> driver_;  // of this insertion
    std::shared_ptr<const Reading> reading_;
    std::uint64_t reading_count_ = 0;
    std::uint64_t insertion_ = 0;
    bool proven_ = false;  // this insertion's card is the one that we know

    std::uint64_t epoch_ = 0;  // in which the applet was selected
    // What check_holds() has seen, when, and what was read of the card by then.
    std::optional<drivers::CardKey> held_key_;
    std::uint64_t held_epoch_ = 0;
    std::shared_ptr<const Reading> held_reading_;
    std::uint64_t authority_epoch_ = 0;  // in which the next two were learnt
    bool verified_ = false;
    bool found_verified_ = false;  // by somebody else, before us: not ours to take away
    bool ours_may_be_there_ =
        false;  // a VERIFY of ours went out, and what it gave was not taken away
    bool manager_may_be_there_ = false;  // our authority to write
    /// A management key that was refused: in which insertion, and its hash.
    struct RefusedKey {
        std::uint64_t insertion = 0;
        Bytes digest{};
    };
    RefusedKey refused_key_;
    // By this card in this epoch. As in LostVerify no more than a reference: with the last login
    // that used it the PIN is gone from memory.
    std::weak_ptr<Pin> accepted_here_;
    std::optional<int> tries_left_;
    std::optional<LostVerify> lost_verify_;
};

}  // namespace cardmux::token

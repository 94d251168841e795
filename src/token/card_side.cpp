// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "token/card_side.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "crypto/hash.h"
#include "crypto/rsa_padding.h"
#include "iso7816/status_word.h"

namespace cardmux::token {

CardSide::CardSide(std::vector<drivers::DriverProbe> probes, CardSideSettings settings,
                   RandomSource& random, std::shared_ptr<LogSink> log)
    : probes_(std::move(probes)), settings_(settings), random_(random), log_(std::move(log)) {}

// ---- which card, and what is on it --------------------------------------------------------------

Result<void> CardSide::prepare(Card& card) {
    if (changed_) return Error(ErrorCode::CardChanged, "use the card");
    if (!driver_ || card.insertion() != insertion_) {
        CARDMUX_TRY(meet_card(card));
    } else if (card.epoch() != epoch_) {
        CARDMUX_TRY(driver_->select(card));
        epoch_ = card.epoch();
    }
    return manager_may_be_there_ ? take_left_manager_away(card) : success();
}

/// A card was put in, or may have been: find out which one it is.
Result<void> CardSide::meet_card(Card& card) {
    driver_.reset();
    reading_.reset();
    authority_epoch_ = 0;
    for (const drivers::DriverProbe probe : probes_) {
        CARDMUX_TRY_ASSIGN(driver_, probe(card, card.atr()));
        if (driver_) break;
    }
    if (!driver_) return Error(ErrorCode::CardNotRecognized, "find the card's application");
    // Before it counts as another card: what we wrote may have changed what it is told by.
    if (manager_may_be_there_) CARDMUX_TRY(take_left_manager_away(card));
    auto identity = driver_->read_identity(card);
    if (!identity) {
        driver_.reset();
        return identity.error();
    }
    if (identity_ && identity_->unique_id != identity->unique_id) {
        changed_ = true;
        driver_.reset();
        return Error(ErrorCode::CardChanged, "recognise the card");
    }
    proven_ = !identity_.has_value();
    identity_ = std::move(identity).value();
    insertion_ = card.insertion();
    epoch_ = card.epoch();
    return success();
}

namespace {

/// As far as the reading tells: whoever makes a key asks the card.
void note_room(CardSide::Reading& reading, const drivers::CardManagement& management) {
    reading.keeps_names = management.keeps_names();
    std::set<std::uint8_t> places;
    for (const auto purpose : {drivers::KeyPurpose::Signature, drivers::KeyPurpose::KeyExchange,
                               drivers::KeyPurpose::KeyAgreement}) {
        for (const std::uint8_t place : management.places_for(purpose)) places.insert(place);
    }
    std::ranges::copy_if(places, std::back_inserter(reading.free_places), [&](std::uint8_t place) {
        return reading.contents.find_key(place) == nullptr &&
               reading.contents.find_certificate(place) == nullptr;
    });
}

}  // namespace

Result<std::shared_ptr<const CardSide::Reading>> CardSide::read(Card& card) {
    if (reading_) return reading_;
    CARDMUX_TRY_ASSIGN(auto contents, driver_->read_contents(card));
    if (proven_ && !proof_key_) {
        if (const drivers::CardKey* key = driver_->proof_key(contents)) proof_key_ = *key;
    }
    Reading reading{*identity_, std::move(contents), insertion_, ++reading_count_};
    if (const auto* management = this->management()) note_room(reading, *management);
    reading_ = std::make_shared<const Reading>(std::move(reading));
    return reading_;
}

// ---- authority ----------------------------------------------------------------------------------

Result<void> CardSide::learn_authority(Card& card) {
    if (authority_epoch_ == epoch_) return success();
    accepted_here_.reset();
    auto status = driver_->pin_status(card);
    if (status && status->verified && ours_may_be_there_ && !settings_.leave_authority) {
        // The card was lost before we could take it away. While it is there it hides the count.
        (void)driver_->drop_authority(card).ok();  // if it can
        status = driver_->pin_status(card);
    }
    if (!status && status.error().code != ErrorCode::PinBlocked) return status.error();
    verified_ = found_verified_ = status && status->verified;
    tries_left_ = status ? status->tries_left : 0;
    ours_may_be_there_ = false;
    authority_epoch_ = epoch_;
    return success();
}

Result<std::optional<int>> CardSide::ask_for_tries(Card& card) {
    CARDMUX_TRY(learn_authority(card));
    return tries_left_;
}

/// Sends VERIFY and keeps the books, whatever becomes of it.
Result<void> CardSide::verify(Card& card, const SharedPin& pin) {
    const SharedPin accepted = accepted_here_.lock();
    const bool was_right = accepted && accepted->bytes.equals(pin->bytes);
    lost_verify_ = LostVerify{pin, pin->login_stamp, tries_left_, was_right};
    ours_may_be_there_ = !found_verified_;
    if (!found_verified_) set_farewell(card);  // before: nothing may come between it and VERIFY
    auto verified = driver_->verify_pin(card, pin->bytes);
    if (card.loss()) return verified;
    lost_verify_.reset();
    if (verified) {
        verified_ = true;
        accepted_here_ = pin;
        tries_left_.reset();
        return verified;
    }
    const Error& error = verified.error();
    if (error.code == ErrorCode::PinIncorrect || error.code == ErrorCode::PinBlocked) {
        // The card takes authority away at a wrong PIN, whoever's it was.
        verified_ = found_verified_ = ours_may_be_there_ = false;
        if (!manager_may_be_there_) card.set_farewell(nullptr);
        accepted_here_.reset();
        tries_left_.reset();
        if (error.code == ErrorCode::PinBlocked) tries_left_ = 0;
        if (error.detail > 0) tries_left_ = static_cast<int>(error.detail);
        pin->refused = true;
    }
    return verified;
}

void CardSide::set_farewell(Card& card) {
    if (settings_.leave_authority && !manager_may_be_there_) return;
    card.set_farewell([side = shared_from_this()](iso7816::ApduChannel& channel) -> Result<void> {
        side->verified_ = false;
        if (!side->driver_) return success();
        if (side->manager_may_be_there_) return side->take_manager_away(channel);
        CARDMUX_TRY(side->driver_->drop_authority(channel));
        side->ours_may_be_there_ = false;
        return success();
    });
}

/// The answer to a VERIFY was lost. Did the card count it as wrong? Its counter tells; or the card
/// had accepted this very PIN before in the same epoch, in which nobody else could change it.
CardSide::Settled CardSide::settle_lost_verify(Card& card) {
    if (!lost_verify_) return Settled::NothingLost;
    const LostVerify lost = *std::exchange(lost_verify_, std::nullopt);
    if (verified_ || lost.was_right) return Settled::NotCounted;
    if (!lost.tries_before || !tries_left_) return Settled::Unknown;
    if (*tries_left_ >= *lost.tries_before) return Settled::NotCounted;
    if (const SharedPin pin = lost.pin.lock()) pin->refused = true;
    note_refused(card, lost.login_stamp);
    return Settled::Counted;
}

/// Tells everybody who shares this card that a PIN with which somebody had logged in is right no
/// longer. Those of earlier logins may be the same: they log in again, and no try is spent.
void CardSide::note_refused(Card& card, std::uint64_t login_stamp) {
    if (login_stamp == 0) return;  // a mistyped PIN says nothing of others
    card.pin_ledger().note_refused();
}

Result<void> CardSide::present_for_application(Card& card, const SharedPin& pin) {
    CARDMUX_TRY(learn_authority(card));
    const bool same_pin = lost_verify_ && lost_verify_->pin.lock() == pin;
    const Settled settled = settle_lost_verify(card);
    if (same_pin && settled == Settled::Counted) {
        const int left = tries_left_.value_or(0);
        return Error(left > 0 ? ErrorCode::PinIncorrect : ErrorCode::PinBlocked, "present the PIN")
            .with_detail(left);
    }
    if (same_pin && settled == Settled::Unknown) {
        return Error(ErrorCode::OutcomeUnknown, "present the PIN");
    }
    CARDMUX_TRY(verify(card, pin));
    pin->accepted_insertion = insertion_;
    pin->login_stamp = card.pin_ledger().next_stamp();
    return success();
}

Result<void> CardSide::present_ourselves(Card& card, const SharedPin& pin, Need need) {
    // A PIN was refused, somebody's, after our login: it may have been ours as well.
    if (card.pin_ledger().refused_stamp() >= pin->login_stamp) pin->refused = true;
    if (pin->refused) return Error(ErrorCode::LoginRequired, "use the PIN again");
    CARDMUX_TRY(learn_authority(card));
    if (settle_lost_verify(card) == Settled::Unknown) {
        return Error(ErrorCode::PinWithheld, "use the PIN again").with_detail(-1);
    }
    if (pin->refused) return Error(ErrorCode::LoginRequired, "use the PIN again");
    if (verified_ && need == Need::Verified) return success();
    if (!proven_ && pin->accepted_insertion != insertion_ && !settings_.reuse_pin_without_proof) {
        CARDMUX_TRY_ASSIGN(proven_, prove(card));
        if (!proven_) return Error(ErrorCode::LoginRequired, "recognise the card by its 9E key");
    }
    if (!verified_ && tries_left_.value_or(0) <= 1) {
        return Error(ErrorCode::PinWithheld, "use the PIN again")
            .with_detail(tries_left_.value_or(-1));
    }
    auto verified = verify(card, pin);
    if (verified || card.loss()) return verified;
    LogLine(*log_, LogLevel::Warning, "pin_refused").with(verified.error());
    note_refused(card, pin->login_stamp);
    return Error(ErrorCode::LoginRequired, "use the PIN again")
        .with_status_word(verified.error().status_word);
}

/// Lets the card sign a random challenge with the key that needs no PIN, and checks it with the
/// public key that we know from before.
Result<bool> CardSide::prove(Card& card) {
    if (!proof_key_) return false;
    std::array<std::uint8_t, 32> challenge{};
    random_.fill(challenge);
    Bytes block(challenge.begin(), challenge.end());
    if (const auto* rsa = std::get_if<crypto::RsaPublicKey>(&proof_key_->public_key)) {
        CARDMUX_TRY_ASSIGN(const Bytes info,
                           crypto::digest_info(crypto::HashAlgorithm::Sha256, challenge));
        CARDMUX_TRY_ASSIGN(block, crypto::pad_pkcs1_signature(info, rsa->modulus.size()));
    }
    auto answer = driver_->private_key_operation(card, *proof_key_, block);
    if (!answer) {
        if (card.loss()) return answer.error();
        return false;
    }
    const auto fits =
        std::holds_alternative<crypto::RsaPublicKey>(proof_key_->public_key)
            ? crypto::rsa_result_fits(std::get<crypto::RsaPublicKey>(proof_key_->public_key), block,
                                      *answer)
            : crypto::ecdsa_signature_fits(std::get<crypto::EcPublicKey>(proof_key_->public_key),
                                           block, *answer);
    return fits && *fits;
}

bool CardSide::forgets_selection(const Error& error) {
    using namespace iso7816;
    const std::uint16_t word = error.status_word;
    if (word != status::instruction_not_supported && word != status::class_not_supported)
        return false;
    epoch_ = authority_epoch_ = 0;
    return true;
}

Result<void> CardSide::check_holds(Card& card, const drivers::CardKey& key) {
    // A change of ours within the epoch has taken away what was read.
    const bool is_known = reading_ && held_reading_ == reading_ && held_epoch_ == epoch_ &&
                          held_key_ && held_key_->reference == key.reference &&
                          held_key_->public_key == key.public_key;
    if (is_known) return success();
    CARDMUX_TRY_ASSIGN(auto shown, driver_->read_public_key(card, key.reference));
    if (!shown) {  // or another applet answered: find ours again, once
        epoch_ = authority_epoch_ = 0;
        CARDMUX_TRY(prepare(card));
        CARDMUX_TRY_ASSIGN(shown, driver_->read_public_key(card, key.reference));
    }
    if (!shown || *shown != key.public_key) return Error(ErrorCode::KeyNotFound, "use a key");
    held_key_ = key;
    held_epoch_ = epoch_;
    held_reading_ = reading_;
    return success();
}

Result<Bytes> CardSide::operate(Card& card, const drivers::CardKey& key, ByteView input) {
    auto result = driver_->private_key_operation(card, key, input);
    if (!result && result.error().code == ErrorCode::SecurityNotSatisfied) authority_epoch_ = 0;
    return result;
}

Result<SecretBytes> CardSide::derive(Card& card, const drivers::CardKey& key, ByteView peer_point) {
    auto secret = driver_->derive(card, key, peer_point);
    if (!secret && secret.error().code == ErrorCode::SecurityNotSatisfied) authority_epoch_ = 0;
    return secret;
}

}  // namespace cardmux::token

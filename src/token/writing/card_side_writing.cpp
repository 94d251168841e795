// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The card's half of writing: the authority to write comes last and goes first.
#include "crypto/hash.h"
#include "token/card_side.h"

namespace cardmux::token {
namespace {

/// Empty if it cannot be made: then nothing is remembered.
Bytes digest_of(const SecretBytes& key) {
    return crypto::hash(crypto::HashAlgorithm::Sha256, key.view()).value_or({});
}

}  // namespace

Result<void> CardSide::begin_writing(Card& card, const SharedPin& pin, const SecretBytes* key) {
    drivers::CardManagement* const management = driver_->management();
    if (!management->knows_way_back()) {
        CARDMUX_TRY(present_ourselves(card, pin, Need::Verified));
        authority_epoch_ = 0;  // it costs the PIN's
        const auto found = management->find_way_back(card);
        if (!found) epoch_ = 0;  // another application may be selected
        CARDMUX_TRY(found);
    }
    CARDMUX_TRY(present_ourselves(card, pin, Need::Verified));
    manager_may_be_there_ = true;
    set_farewell(card);  // before: nothing may come between it and the proof
    card.set_aftercare([side = shared_from_this()](Card& again) { return side->prepare(again); });
    auto proven = management->authenticate(card, key, random_);
    const bool is_refused = !proven && proven.error().code == ErrorCode::ManagementKeyRequired &&
                            proven.error().status_word != 0;
    if (is_refused && key != nullptr) refused_key_ = {insertion_, digest_of(*key)};
    return proven;
}

bool CardSide::has_refused(const SecretBytes* key) const {
    return key != nullptr && refused_key_.insertion == insertion_ && !refused_key_.digest.empty() &&
           refused_key_.digest == digest_of(*key);
}

void CardSide::end_writing(Card& card) {
    if (!manager_may_be_there_ || card.loss()) return;  // lost: the aftercare looks after it
    const auto taken = take_manager_away(card);
    if (taken) {
        card.set_farewell(nullptr);
        card.set_aftercare(nullptr);
    } else {
        LogLine(*log_, LogLevel::Error, "authority_left").with(taken.error());
    }
}

Result<void> CardSide::take_manager_away(iso7816::ApduChannel& channel) {
    verified_ = false;
    authority_epoch_ = 0;
    if (!driver_ || driver_->management() == nullptr) return success();
    const auto dropped = driver_->management()->drop_authority(channel);
    if (!dropped) epoch_ = 0;  // another application may be selected
    CARDMUX_TRY(dropped);
    manager_may_be_there_ = ours_may_be_there_ = found_verified_ = false;
    return success();
}

/// The card was lost while we had it. A reset takes it away, but not from every card.
Result<void> CardSide::take_left_manager_away(Card& card) {
    const auto taken = take_manager_away(card);
    if (card.loss()) return taken;
    manager_may_be_there_ = false;
    if (taken) return success();
    LogLine(*log_, LogLevel::Error, "authority_left").with(taken.error());
    CARDMUX_TRY(driver_->select(card));
    epoch_ = card.epoch();
    return success();
}

/// An identity that was made from a certificate is another one now.
Result<void> CardSide::forget_contents(Card& card) {
    reading_.reset();
    proof_key_.reset();
    if (card.loss()) return success();
    CARDMUX_TRY_ASSIGN(identity_, driver_->read_identity(card));
    return success();
}

}  // namespace cardmux::token

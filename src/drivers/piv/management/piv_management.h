// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Writing to PIV cards: the standard's PUT DATA and GENERATE ASYMMETRIC KEY PAIR; on Yubico's cards
// also imported keys, names, the retired places. How cards differ: docs/cards/piv.md, "Writing".
#pragma once

#include "drivers/piv/management/place_notes.h"
#include "drivers/piv/piv_access.h"

namespace cardmux::drivers::piv {

class PivManagement final : public CardManagement {
  public:
    /// `access` must outlive it.
    explicit PivManagement(PivAccess& access) : access_(access) {}

    Result<void> find_way_back(iso7816::ApduChannel& channel) override;
    bool knows_way_back() const override { return way_back_is_known_; }
    Result<void> authenticate(iso7816::ApduChannel& channel, const SecretBytes* key,
                              RandomSource& random) override;
    Result<void> drop_authority(iso7816::ApduChannel& channel) override;

    bool is_place(std::uint8_t reference) const override;
    Result<bool> is_free(iso7816::ApduChannel& channel, std::uint8_t reference) override;
    std::vector<std::uint8_t> places_for(KeyPurpose purpose) const override;
    CardKey key_in_place(std::uint8_t reference, crypto::PublicKey public_key) const override;
    Result<bool> shows_keys(iso7816::ApduChannel& channel) override;
    bool keeps_names() const override { return access_.is_named_yubikey(); }
    Result<bool> takes_keys(iso7816::ApduChannel& channel) override;

    Result<crypto::PublicKey> generate_key(iso7816::ApduChannel& channel, std::uint8_t reference,
                                           const crypto::KeyKind& kind) override;
    Result<void> import_key(iso7816::ApduChannel& channel, std::uint8_t reference,
                            const crypto::PrivateKey& key) override;
    Result<void> delete_key(iso7816::ApduChannel& channel, std::uint8_t reference) override;
    Result<void> write_certificate(iso7816::ApduChannel& channel, std::uint8_t reference,
                                   ByteView der) override;
    Result<void> write_name(iso7816::ApduChannel& channel, std::uint8_t reference,
                            const std::string& name) override;

    /// Empty where the card keeps none.
    ///
    /// errors    those of ApduChannel::transmit
    Result<std::vector<PlaceNote>> read_notes(iso7816::ApduChannel& channel);

  private:
    Result<void> leave_and_return(iso7816::ApduChannel& channel);
    Result<bool> has_certificate(iso7816::ApduChannel& channel, std::uint32_t object);
    Result<bool> has_key(iso7816::ApduChannel& channel, std::uint8_t reference);
    Result<std::vector<PlaceNote>> read_notes_surely(iso7816::ApduChannel& channel);
    Result<void> overwrite_key(iso7816::ApduChannel& channel, std::uint8_t reference);
    Result<void> replace_note(iso7816::ApduChannel& channel, std::uint8_t reference,
                              const std::optional<PlaceNote>& note);
    Result<void> write_object(iso7816::ApduChannel& channel, std::uint32_t object,
                              ByteView content);

    PivAccess& access_;
    std::size_t other_application_ = 0;  ///< index of the one to select
    bool way_back_is_known_ = false;
};

}  // namespace cardmux::drivers::piv

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a driver offers for cards that can be written. A part of the driver
// (CardDriver::management()), with its rules: one thread at a time, no lock, no retry.
//
//   verify_pin() -> find_way_back() -> verify_pin() -> authenticate() -> generate_key() ...
//     -> drop_authority()
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/secret.h"
#include "crypto/private_key.h"
#include "iso7816/apdu_channel.h"

namespace cardmux::drivers {

struct CardKey;

/// What a new key is for, where the place for it is to be picked.
enum class KeyPurpose : std::uint8_t {
    Signature,     ///< signs only
    KeyExchange,   ///< signs and decrypts
    KeyAgreement,  ///< derives (ECDH)
};

/// A container's name as the card keeps it.
struct KeyName {
    std::uint8_t key_reference = 0;
    std::string name;  ///< UTF-8; empty: the key is there, and has the derived name
    bool operator==(const KeyName&) const = default;
};

class CardManagement {
  public:
    virtual ~CardManagement() = default;

    /// Makes sure that the authority to write can be taken off this card again, before it is given:
    /// looks whether the PIN's can, and takes that away.
    ///
    /// needs     the PIN verified
    /// errors    NotSupported: the card would keep it, or does not tell; those of
    ///           ApduChannel::transmit
    virtual Result<void> find_way_back(iso7816::ApduChannel& channel) = 0;

    /// Whether that is known of this card, in this insertion.
    virtual bool knows_way_back() const = 0;

    /// Proves to the card that we know its management key, and lets the card prove the same.
    ///
    /// key       as in the settings; null: the one stored on the card behind the PIN, which must be
    ///           verified, else the factory's if the card says that it has that one
    /// errors    ManagementKeyRequired: none is known, it has another size than the card's, the
    ///           card refused it or proved that it does not know it; those of
    ///           ApduChannel::transmit
    virtual Result<void> authenticate(iso7816::ApduChannel& channel, const SecretBytes* key,
                                      RandomSource& random) = 0;

    /// Takes the authority to write away from the card, and the PIN's with it. Ours is the selected
    /// application afterwards.
    ///
    /// errors    those of ApduChannel::transmit; NotSupported: the card kept it
    virtual Result<void> drop_authority(iso7816::ApduChannel& channel) = 0;

    /// Whether this is a place for keys at all, on this card.
    virtual bool is_place(std::uint8_t reference) const = 0;

    /// Whether the place has neither key nor certificate, as far as the card tells. Asks the card.
    ///
    /// errors    those of ApduChannel::transmit
    virtual Result<bool> is_free(iso7816::ApduChannel& channel, std::uint8_t reference) = 0;

    /// The places that fit a purpose, the best first.
    virtual std::vector<std::uint8_t> places_for(KeyPurpose purpose) const = 0;

    /// A key as it would be in this place.
    virtual CardKey key_in_place(std::uint8_t reference, crypto::PublicKey public_key) const = 0;

    /// Whether a key without certificate can be seen on this card.
    ///
    /// errors    those of ApduChannel::transmit
    virtual Result<bool> shows_keys(iso7816::ApduChannel& channel) = 0;

    /// Whether the card keeps names of containers.
    virtual bool keeps_names() const = 0;

    /// Whether a key can be imported.
    ///
    /// errors    those of ApduChannel::transmit
    virtual Result<bool> takes_keys(iso7816::ApduChannel& channel) = 0;

    // All of these need authenticate().

    /// errors    NotSupported: the kind; SecurityNotSatisfied, CardRefused, CardFull,
    ///           CardDataMalformed; those of ApduChannel::transmit
    /// waits     for the card to find primes: a minute and more
    virtual Result<crypto::PublicKey> generate_key(iso7816::ApduChannel& channel,
                                                   std::uint8_t reference,
                                                   const crypto::KeyKind& kind) = 0;

    /// errors    NotSupported: the card takes no keys, or not this kind; as generate_key
    virtual Result<void> import_key(iso7816::ApduChannel& channel, std::uint8_t reference,
                                    const crypto::PrivateKey& key) = 0;

    /// Removes the private key and its name. Where a key cannot be removed and would still show, it
    /// is overwritten by one that nobody knows, which is noted to be none. One that does not show
    /// without its certificate is left as it is.
    ///
    /// errors    as generate_key
    virtual Result<void> delete_key(iso7816::ApduChannel& channel, std::uint8_t reference) = 0;

    /// der       empty: removes the certificate
    /// errors    as generate_key
    virtual Result<void> write_certificate(iso7816::ApduChannel& channel, std::uint8_t reference,
                                           ByteView der) = 0;

    /// Notes that a key is here, and its name. What a card keeps of it is in CardContents::names.
    ///
    /// name      UTF-8; empty: the derived name
    /// needs     keeps_names(); else nothing is done
    /// errors    as generate_key
    virtual Result<void> write_name(iso7816::ApduChannel& channel, std::uint8_t reference,
                                    const std::string& name) = 0;
};

}  // namespace cardmux::drivers

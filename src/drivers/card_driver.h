// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What every kind of card offers, whatever its command set. A driver turns these calls into APDUs
// on the channel it is handed and the answers into values; it holds no lock, knows no reader, waits
// for nobody, retries nothing. It keeps what it learned about one card (command lengths, quirks):
// one driver object serves one insertion of one card and is used by one thread at a time.
//
//   probe() once an insertion -> for each transaction: select(), pin_status() -> verify_pin()
//     -> private_key_operation()... -> drop_authority()
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "crypto/public_key.h"
#include "drivers/card_management.h"
#include "iso7816/apdu_channel.h"

namespace cardmux::drivers {

/// When a key wants the PIN (SP 800-73-4 part 1, table 4b).
enum class PinPolicy : std::uint8_t {
    Never,   ///< 9E
    Once,    ///< verified once in this state of the card
    Always,  ///< verified directly before each use: 9C
};

struct CardKey {
    std::uint8_t reference = 0;  ///< the card's own number, e.g. 0x9A
    PinPolicy pin_policy = PinPolicy::Once;
    crypto::PublicKey public_key;
    bool can_sign = true;
    bool can_decrypt = false;
    bool can_derive = false;
};

struct CardCertificate {
    std::uint8_t key_reference = 0;
    Bytes der;
};

/// Which card it is: compared over insertions, so it must not change with the card's contents.
struct CardIdentity {
    std::string driver;         ///< "PIV"
    std::string model;          ///< e.g. "YubiKey PIV", 16 characters at most
    std::string serial_number;  ///< text, 16 characters at most, as shown to people and in URIs
    Bytes unique_id;            ///< CHUID GUID, FASC-N or serial: compared byte by byte
    bool operator==(const CardIdentity&) const = default;
};

struct CardContents {
    std::vector<CardKey> keys;
    std::vector<CardCertificate> certificates;
    std::vector<KeyName> names{};  ///< as stored: not all of them need have a key

    /// What is known of one place. Null: nothing.
    const CardKey* find_key(std::uint8_t reference) const;
    const CardCertificate* find_certificate(std::uint8_t reference) const;
    const KeyName* find_name(std::uint8_t reference) const;
};

struct PinStatus {
    bool verified = false;
    /// None: the card does not tell (it is verified, or it knows no such question).
    std::optional<int> tries_left;
};

class CardDriver {
  public:
    virtual ~CardDriver() = default;

    virtual const char* name() const = 0;

    /// Makes the card ready at the start of a transaction in which its state is not known: finds
    /// out cheaply whether our applet is still selected, and selects it only if not, since
    /// selecting may take away the authority of another program.
    ///
    /// errors    CardNotRecognized: the applet is not there; those of ApduChannel::transmit
    virtual Result<void> select(iso7816::ApduChannel& channel) = 0;

    /// Which card this is. Needs select().
    ///
    /// errors    those of ApduChannel::transmit, CardDataMalformed
    virtual Result<CardIdentity> read_identity(iso7816::ApduChannel& channel) = 0;

    /// All keys and certificates that can be read without PIN. Damaged objects are left out and
    /// named in the log by the caller's wish. Needs select().
    ///
    /// errors    those of ApduChannel::transmit
    virtual Result<CardContents> read_contents(iso7816::ApduChannel& channel) = 0;

    /// Whether the PIN is verified in this state of the card, and how many tries are left. Costs no
    /// try. Needs select().
    ///
    /// errors    those of ApduChannel::transmit; PinBlocked; CardRefused: another applet is
    ///           selected
    virtual Result<PinStatus> pin_status(iso7816::ApduChannel& channel) = 0;

    /// Presents the PIN: a wrong one costs a try. Sends nothing if its format is impossible.
    ///
    /// pin       6 to 8 bytes for PIV, not padded
    /// errors    PinIncorrect (detail: tries left, -1 if the card does not tell), PinBlocked (also
    ///           for the wrong PIN that took the last try), PinFormatInvalid, SecurityNotSatisfied
    ///           (not through this interface), CardRefused; those of ApduChannel::transmit
    virtual Result<void> verify_pin(iso7816::ApduChannel& channel, const SecretBytes& pin) = 0;

    /// Takes the PIN's authority away from the card: VERIFY with P1=FF, or where the card lacks
    /// that by selecting another applet. Needs select() before.
    ///
    /// errors    those of ApduChannel::transmit; NotSupported: the card kept it (the caller may
    ///           reset)
    virtual Result<void> drop_authority(iso7816::ApduChannel& channel) = 0;

    /// The private key's operation, as raw as the card does it.
    ///
    /// input     RSA: modulus-size bytes, big-endian. EC: the hash, at most field-size bytes
    /// returns   RSA: modulus-size bytes. EC: r and s joined, each field-size bytes, big-endian
    /// errors    DataSizeInvalid; SecurityNotSatisfied (PIN or touch), KeyNotFound, CardRefused,
    ///           CardDataMalformed; NotSupported: the key's size; those of ApduChannel::transmit
    /// waits     for the card's computing, perhaps for a touch
    virtual Result<Bytes> private_key_operation(iso7816::ApduChannel& channel, const CardKey& key,
                                                ByteView input) = 0;

    /// The key agreement (ECDH) of an EC key with the peer's public key. The caller has made sure
    /// that the point is on the key's curve.
    ///
    /// peer_point    04, X, Y: 1 + 2 * field-size bytes
    /// returns       X of the product, field-size bytes, big-endian
    /// errors        DataSizeInvalid; NotSupported: not an EC key; as private_key_operation
    /// waits         as private_key_operation
    virtual Result<SecretBytes> derive(iso7816::ApduChannel& channel, const CardKey& key,
                                       ByteView peer_point) = 0;

    /// The public key of one place as the card tells it now, for outcomes that do not prove by
    /// themselves whose they are (derive). Needs select().
    ///
    /// returns   none: no key is there, or the card tells nothing of it
    /// errors    those of ApduChannel::transmit
    virtual Result<std::optional<crypto::PublicKey>> read_public_key(iso7816::ApduChannel& channel,
                                                                     std::uint8_t reference) = 0;

    /// For writing. Null: this kind of card cannot be written.
    virtual CardManagement* management() { return nullptr; }

    /// A key that works without PIN and can prove which card this is (PIV: 9E).
    virtual const CardKey* proof_key(const CardContents& contents) const = 0;
};

/// Makes the driver of a card, or nothing if this driver does not know the card.
///
/// atr       the answer to reset, 2..33 bytes
/// errors    those of ApduChannel::transmit
using DriverProbe = Result<std::unique_ptr<CardDriver>> (*)(iso7816::ApduChannel& channel,
                                                            ByteView atr);

}  // namespace cardmux::drivers

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A token: one card as applications see it, whatever interface they come through. It outlives
// resets, removals and returns of its card, restarts of the smart card service, and every session
// that uses it.
//
//   Slot::token() -> Token::contents() -> login() -> sign() / decrypt() -> logout()
//                                             \-> create_key() / write_certificate() / delete_key()
//
// All calls may be made by any number of threads at once, and wait for the card with no lock held.
// A call given up by its deadline leaves nothing behind that the card's owner thread could trip
// over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "crypto/certificate.h"
#include "drivers/card_driver.h"
#include "token/new_key.h"
#include "token/signature_scheme.h"
#include "transaction/client.h"

namespace cardmux::token {

/// An application's own half of authority: who logged in. PKCS#11 has one domain for the process;
/// on Windows each logon session is one. A key is used only if the domain logged in *and* the card
/// says so.
using DomainId = std::uint64_t;

/// The domain of a caller who cannot be told from others: nobody is ever logged in there.
constexpr DomainId unknown_domain = ~DomainId{0};

/// Somebody who queues: a session, a context. Fairness is between clients.
struct Client {
    transaction::ClientId id = 0;
    transaction::ServiceClass service_class = transaction::ServiceClass::Interactive;
    DomainId domain = 0;
};

struct TokenCertificate {
    std::uint8_t key_reference = 0;
    std::string label;  ///< "PIV Authentication", or the card's own name for it
    crypto::Certificate certificate;
};

struct TokenKey {
    drivers::CardKey key;
    std::string label;
    Bytes id;               ///< CKA_ID: 01 for 9A, 02 for 9C, 03 for 9D, 04 for 9E, 05.. retired
    Bytes subject;          ///< of its certificate, DER; empty without one
    Bytes public_key_info;  ///< SubjectPublicKeyInfo, DER
    /// As stored on the card, UTF-8; empty: none. Nobody has checked that it is the only one.
    std::string container_name{};
};

/// What the card holds, read once an insertion. Never changes once handed out.
struct TokenContents {
    drivers::CardIdentity identity;
    std::string label;  ///< for people: the card's common name or "PIV card"
    std::vector<TokenKey> keys;
    std::vector<TokenCertificate> certificates;

    /// Where a new key can go: places with neither key nor certificate. None: the card is full, or
    /// cannot be written.
    std::vector<std::uint8_t> free_places;
    bool keeps_names = false;  ///< of containers, as applications choose them

    /// Counts how often this card was read: what has a larger number was read later.
    std::uint64_t reading_number = 0;

    /// Null if there is no such key.
    const TokenKey* find_key(std::uint8_t reference) const;
};

struct SignRequest {
    std::uint8_t key_reference = 0;
    /// The key as the caller found it in contents(): no other is used in its place, whoever put it
    /// there and however long the caller thought about it.
    crypto::PublicKey public_key;
    SignatureScheme scheme;
    Bytes input;
    /// For keys of PinPolicy::Always: the PIN given for this one operation. VERIFY and the
    /// signature are then one unit on the card. Null: LoginRequired for such a key.
    const SecretBytes* operation_pin = nullptr;
};

struct DecryptRequest {
    std::uint8_t key_reference = 0;
    crypto::PublicKey public_key;  ///< as in SignRequest
    DecryptionScheme scheme;
    Bytes input;  ///< modulus-size bytes, big-endian
    const SecretBytes* operation_pin = nullptr;
};

struct DeriveRequest {
    std::uint8_t key_reference = 0;
    crypto::PublicKey public_key;  ///< as in SignRequest
    Bytes peer_point;              ///< 04 X Y, or compressed
    const SecretBytes* operation_pin = nullptr;
};

class Token {
  public:
    virtual ~Token() = default;

    /// What the card holds: from the card the first time (about eight APDUs), later without any.
    ///
    /// errors    CardAbsent, CardRemoved, CardChanged (for good: ask the slot for its new token),
    ///           CardNotRecognized, TimedOut, NoProgress, Cancelled, ShuttingDown,
    ///           ServiceUnavailable, ...
    virtual Result<std::shared_ptr<const TokenContents>> contents(const Client& client,
                                                                  Deadline deadline) = 0;

    /// What was read of the card counts no more, for anybody: another program may have written to
    /// it. contents() reads it again. No APDU, no wait.
    virtual void distrust_contents() = 0;

    /// Presents the PIN because the application says so: it always goes to the card. The domain is
    /// logged in if the card accepts it.
    ///
    /// errors    PinIncorrect (detail: tries left), PinBlocked, PinFormatInvalid, and as contents()
    virtual Result<void> login(const Client& client, const SecretBytes& pin, Deadline deadline) = 0;

    /// Accepts the PIN for one operation with a PinPolicy::Always key. Asks the card only if this
    /// very PIN is not the one that this card accepted last; the operation itself presents it
    /// again.
    ///
    /// errors    as login()
    virtual Result<void> check_operation_pin(const Client& client, const SecretBytes& pin,
                                             Deadline deadline) = 0;

    /// Ends the calls in which this client waits for the card now: they return Cancelled. A command
    /// that the card has begun is carried out to its end all the same. Calls made later are not
    /// touched. No APDU, no wait.
    virtual void cancel(const Client& client) = 0;

    /// Whether the domain is logged in. No APDU, no wait.
    virtual bool is_logged_in(DomainId domain) const = 0;

    /// Ends the domain's login at once; the card loses the authority that we gave it (unless
    /// another domain has it too) when the operation in progress, if any, has ended.
    ///
    /// returns   whether it was logged in: of several calls at once, one ends the login
    virtual bool logout(DomainId domain) = 0;

    /// Ends the hold of the card, if there is one: its transaction is no more when this returns.
    /// For who is about to wait for a person. Logins stay.
    ///
    /// waits     for the operation in progress, until the deadline or the no-progress limit
    virtual void end_hold(Deadline deadline) = 0;

    /// Signs, checks the result with the public key, and repeats it a bounded number of times if
    /// the card was reset or removed meanwhile.
    ///
    /// returns   RSA: modulus-size bytes. EC: r and s joined, each field-size bytes. Big-endian
    /// errors    KeyNotFound: the place holds another key than the one that was found, or none;
    ///           LoginRequired, PinWithheld, DataSizeInvalid, DataInvalid, ResponseWrong,
    ///           SecurityNotSatisfied (touch), and as contents()
    virtual Result<Bytes> sign(const Client& client, const SignRequest& request,
                               Deadline deadline) = 0;

    /// errors    as sign(); DataInvalid: wrong padding, whatever is wrong about it
    virtual Result<SecretBytes> decrypt(const Client& client, const DecryptRequest& request,
                                        Deadline deadline) = 0;

    /// Key agreement (ECDH) with the holder of `peer_point`. A point off the curve never reaches
    /// the card; whether the outcome can be one at all is checked.
    ///
    /// returns   X of the product, field-size bytes, big-endian
    /// errors    as sign(); DataInvalid: no point on the key's curve; NotSupported: the key does
    ///           not derive
    virtual Result<SecretBytes> derive(const Client& client, const DeriveRequest& request,
                                       Deadline deadline) = 0;

    /// Makes a key on the card, or takes it there. contents() shows it afterwards.
    ///
    /// The three calls that write ask for the domain's login, and for the card's management key:
    /// from the settings, else as it is stored on the card behind the PIN, else the factory's if
    /// the card says that it still has that one. The authority to write is taken off the card
    /// before the operation ends. What was sent and not answered is never repeated.
    ///
    /// returns   the new key's reference
    /// errors    LoginRequired, PinWithheld; ManagementKeyRequired: none is known, or the card
    ///           refused it; AlreadyExists: the place is taken or the name, and `replace` is not
    ///           set; CardFull: no free place that fits; InvalidArgument: no such place, a name
    ///           that cannot be one; NotSupported: this card, this kind of key, a name of one's own
    ///           on a card that keeps none; DataInvalid: the key to import, or no place has keys
    ///           that fit what the caller wants; OutcomeUnknown: the card was lost while it was
    ///           written to, the caller gave up, or a new key that came to nothing could not be
    ///           taken back; CardRefused, CardDataMalformed; and as contents()
    /// waits     as sign(), and for the card to make the key: seconds, RSA 4096 a minute and more
    virtual Result<std::uint8_t> create_key(const Client& client, NewKey key,
                                            Deadline deadline) = 0;

    /// Removes the key, its certificate and its name. On cards that cannot delete a key
    /// (docs/cards/piv.md) it is overwritten by one that nobody knows, where it would still show.
    ///
    /// public_key  the key that the caller means; null: whichever is there
    /// errors      KeyNotFound: also if it is another one by now; as create_key()
    virtual Result<void> delete_key(const Client& client, std::uint8_t reference, Deadline deadline,
                                    const crypto::PublicKey* public_key = nullptr) = 0;

    /// Puts the certificate of a key on the card in place of the one that is there.
    ///
    /// der       X.509 with this key's public key; empty: removes the certificate
    /// errors    KeyNotFound; DataInvalid: no certificate, or another key's; as create_key()
    virtual Result<void> write_certificate(const Client& client, std::uint8_t reference,
                                           ByteView der, Deadline deadline) = 0;

    /// Asks the card how many tries its PIN has left, which costs none. 0: the PIN is blocked.
    /// None: the card does not tell, as long as the PIN is verified.
    ///
    /// errors    as contents()
    virtual Result<std::optional<int>> read_pin_tries(const Client& client, Deadline deadline) = 0;

    /// Tries left as the card said last; none if it never did. No APDU.
    virtual std::optional<int> pin_tries_left() const = 0;
};

}  // namespace cardmux::token

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "token/writing/key_writer.h"

#include "base/clock.h"
#include "crypto/certificate.h"
#include "crypto/certificate_writing.h"
#include "token/derived_name.h"
#include "token/scheme_encoding.h"

namespace cardmux::token {
namespace {

constexpr std::int64_t own_certificate_seconds = std::int64_t{30} * 365 * 24 * 60 * 60;
constexpr std::size_t serial_number_size = 16;

std::string stored_name(const CardSide::Reading& reading, std::uint8_t reference) {
    const drivers::KeyName* const name = reading.contents.find_name(reference);
    return name == nullptr ? std::string() : name->name;
}

bool is_name_of(const CardSide::Reading& reading, std::uint8_t reference, std::string_view name) {
    return is_same_container_name(name, stored_name(reading, reference)) ||
           is_same_container_name(name, derived_container_name(reading.identity, reference));
}

/// A key of this kind, for what a place would make of it. Its numbers mean nothing.
crypto::PublicKey some_key(const crypto::KeyKind& kind) {
    if (const auto* curve = std::get_if<crypto::Curve>(&kind))
        return crypto::EcPublicKey{*curve, Bytes(1 + 2 * crypto::field_size(*curve), 0x04)};
    return crypto::RsaPublicKey{Bytes(std::get<crypto::RsaKind>(kind).bits / 8, 0xFF), {1, 0, 1}};
}

crypto::PublicKey public_key_to_be(const NewKey& key) {
    if (const auto* kind = std::get_if<crypto::KeyKind>(&key.source)) return some_key(*kind);
    return crypto::public_key_of(std::get<crypto::PrivateKey>(key.source));
}

bool lacks_point(const crypto::PublicKey& key) {
    const auto* elliptic = std::get_if<crypto::EcPublicKey>(&key);
    return elliptic != nullptr && elliptic->point.empty();
}

/// Whether the key that the card shows is the one that was imported.
bool is_imported_key(const crypto::PublicKey& shown, const crypto::PublicKey& imported) {
    if (lacks_point(imported)) return crypto::kind_of(shown) == crypto::kind_of(imported);
    return shown == imported;
}

}  // namespace

/// What another process may have changed since it was read last is what counts.
Result<KeyWriter::Reading> KeyWriter::read_anew() {
    if (side_.management() == nullptr) return Error(ErrorCode::NotSupported, "write to the card");
    if (side_.has_refused(authority_.management_key.get()))
        return Error(ErrorCode::ManagementKeyRequired, "use a key that the card has refused");
    side_.distrust_reading();
    return side_.read(card_);
}

Result<void> KeyWriter::begin() {
    CARDMUX_TRY(side_.begin_writing(card_, authority_.pin, authority_.management_key.get()));
    if (!authority_.decision->begin()) return Error(ErrorCode::Cancelled, "write to the card");
    has_written_ = true;
    authority_.note_begun();
    return success();
}

void KeyWriter::finish() {
    side_.end_writing(card_);
    if (has_written_) (void)side_.forget_contents(card_).ok();  // it is read when it is wanted
}

// ---- new keys -----------------------------------------------------------------------------------

Result<std::uint8_t> KeyWriter::create(const NewKey& key) {
    CARDMUX_TRY_ASSIGN(const Plan plan, this->plan(key));
    CARDMUX_TRY(begin());
    CARDMUX_TRY_ASSIGN(const crypto::PublicKey public_key, put_key_in_place(key, plan));
    auto dressed = dress_key(plan, public_key);
    if (dressed && std::holds_alternative<crypto::PrivateKey>(key.source) && plan.shows_keys)
        dressed = check_imported(plan.reference, public_key);
    if (dressed) return plan.reference;
    return take_back(plan.reference, dressed.error());
}

/// A key without what makes it one is nobody's: away with it. Returns what to tell the caller:
/// `reason`, unless nobody knows any more what is there.
Error KeyWriter::take_back(std::uint8_t reference, const Error& reason) {
    if (card_.loss()) return reason;
    const auto bared = management().write_certificate(card_, reference, {});
    const auto deleted = management().delete_key(card_, reference);
    if (bared && deleted) return reason;
    return Error(ErrorCode::OutcomeUnknown, "take back a new key");
}

Result<KeyWriter::Plan> KeyWriter::plan(const NewKey& key) {
    CARDMUX_TRY_ASSIGN(const Reading reading, read_anew());
    Plan plan;
    CARDMUX_TRY_ASSIGN(const std::optional<std::uint8_t> wanted, wanted_place(key, *reading));
    if (wanted) {
        plan.reference = *wanted;
    } else {
        CARDMUX_TRY_ASSIGN(plan.reference, find_free_place(key, *reading));
    }
    CARDMUX_TRY_ASSIGN(plan.name, name_to_store(key.container_name, plan.reference, *reading));
    if (wanted) {
        CARDMUX_TRY_ASSIGN(plan.is_free, management().is_free(card_, plan.reference));
    }
    CARDMUX_TRY_ASSIGN(plan.shows_keys, management().shows_keys(card_));
    CARDMUX_TRY(check_import(key, plan.shows_keys));
    if (!plan.is_free && !key.replace) return Error(ErrorCode::AlreadyExists, "create a key");
    CARDMUX_TRY(check_certifiable(key, plan));
    if (const auto* old = reading->contents.find_certificate(plan.reference))
        plan.old_certificate = old->der;
    return plan;
}

/// None: any that is free.
Result<std::optional<std::uint8_t>> KeyWriter::wanted_place(const NewKey& key,
                                                            const CardSide::Reading& reading) {
    if (key.key_reference) {
        if (!management().is_place(*key.key_reference))
            return Error(ErrorCode::InvalidArgument, "find a place for a key");
        if (fits(key, *key.key_reference)) return key.key_reference;
        return Error(ErrorCode::DataInvalid, "find a place for a key");
    }
    if (key.replace && !key.container_name.empty()) {
        for (const drivers::CardKey& known : reading.contents.keys)
            if (is_name_of(reading, known.reference, key.container_name))
                return std::optional(known.reference);
    }
    return std::optional<std::uint8_t>();
}

bool KeyWriter::fits(const NewKey& key, std::uint8_t reference) {
    if (!key.fits) return true;
    return key.fits(management().key_in_place(reference, public_key_to_be(key)));
}

Result<std::uint8_t> KeyWriter::find_free_place(const NewKey& key,
                                                const CardSide::Reading& reading) {
    const drivers::CardContents& known = reading.contents;
    bool any_fits = false;
    for (const std::uint8_t place : management().places_for(key.purpose)) {
        if (!fits(key, place)) continue;
        any_fits = true;
        if (known.find_key(place) != nullptr || known.find_certificate(place) != nullptr) continue;
        CARDMUX_TRY_ASSIGN(const bool free, management().is_free(card_, place));
        if (free) return place;
    }
    return Error(any_fits ? ErrorCode::CardFull : ErrorCode::DataInvalid, "find a place for a key");
}

Result<std::string> KeyWriter::name_to_store(const std::string& name, std::uint8_t reference,
                                             const CardSide::Reading& reading) {
    const std::string derived = derived_container_name(reading.identity, reference);
    if (name.empty() || is_same_container_name(name, derived)) return std::string();
    for (const drivers::CardKey& other : reading.contents.keys) {
        if (other.reference != reference && is_name_of(reading, other.reference, name))
            return Error(ErrorCode::AlreadyExists, "name a key");
    }
    if (!management().keeps_names()) return Error(ErrorCode::NotSupported, "name a key");
    return name;
}

Result<void> KeyWriter::check_import(const NewKey& key, bool shows_keys) {
    if (!std::holds_alternative<crypto::PrivateKey>(key.source)) return success();
    CARDMUX_TRY_ASSIGN(const bool takes, management().takes_keys(card_));
    // Without its point no certificate can be made, by which alone a key would show.
    if (!takes || (!shows_keys && lacks_point(public_key_to_be(key))))
        return Error(ErrorCode::NotSupported, "import a key");
    return success();
}

/// A key that shows by its certificate only has to sign that. RSA signs where it decrypts: to the
/// card it is the same operation.
Result<void> KeyWriter::check_certifiable(const NewKey& key, const Plan& plan) {
    const auto* kind = std::get_if<crypto::KeyKind>(&key.source);
    if (plan.shows_keys || kind == nullptr || std::holds_alternative<crypto::RsaKind>(*kind))
        return success();
    const drivers::CardKey made = management().key_in_place(plan.reference, crypto::EcPublicKey{});
    if (!made.can_sign) return Error(ErrorCode::NotSupported, "have a key certify itself");
    return success();
}

Result<crypto::PublicKey> KeyWriter::put_key(const NewKey& key, std::uint8_t reference) {
    if (const auto* kind = std::get_if<crypto::KeyKind>(&key.source))
        return management().generate_key(card_, reference, *kind);
    const auto& imported = std::get<crypto::PrivateKey>(key.source);
    CARDMUX_TRY(management().import_key(card_, reference, imported));
    return crypto::public_key_of(imported);
}

/// First the certificate that is there: it is another key's, and if the answer is lost nobody may
/// take it for the new one's. If the card refuses the new key, the old one gets it back.
Result<crypto::PublicKey> KeyWriter::put_key_in_place(const NewKey& key, const Plan& plan) {
    if (!plan.is_free) CARDMUX_TRY(management().write_certificate(card_, plan.reference, {}));
    auto made = put_key(key, plan.reference);
    if (made || card_.loss()) return made;
    // There is a new key, and the card's word of it could not be understood.
    if (made.error().code == ErrorCode::CardDataMalformed)
        return take_back(plan.reference, made.error());
    if (plan.old_certificate.empty()) return made;
    const auto put_back =
        management().write_certificate(card_, plan.reference, plan.old_certificate);
    if (!put_back) return Error(ErrorCode::OutcomeUnknown, "put a certificate back");
    return made;
}

/// Where a key shows by its certificate only, it gets one of its own.
Result<void> KeyWriter::dress_key(const Plan& plan, const crypto::PublicKey& public_key) {
    if (!plan.shows_keys) CARDMUX_TRY(certify_itself(plan, public_key));
    return management().write_name(card_, plan.reference, plan.name);
}

Result<void> KeyWriter::certify_itself(const Plan& plan, const crypto::PublicKey& public_key) {
    CARDMUX_TRY_ASSIGN(const Reading reading, side_.read(card_));
    crypto::CertificateText text;
    text.common_name =
        plan.name.empty() ? derived_container_name(reading->identity, plan.reference) : plan.name;
    text.serial_number.resize(serial_number_size);
    random_.fill(text.serial_number);
    text.serial_number[0] = static_cast<std::uint8_t>((text.serial_number[0] & 0x3F) | 0x40);
    text.not_before = static_cast<std::int64_t>(wall_clock_seconds());
    text.valid_seconds = own_certificate_seconds;
    CARDMUX_TRY_ASSIGN(const Bytes to_sign, crypto::certificate_to_sign(public_key, text));
    CARDMUX_TRY_ASSIGN(const Bytes block, crypto::certificate_block(public_key, to_sign));
    const drivers::CardKey key = management().key_in_place(plan.reference, public_key);
    if (key.pin_policy == drivers::PinPolicy::Always)
        CARDMUX_TRY(side_.present_ourselves(card_, authority_.pin, CardSide::Need::JustVerified));
    CARDMUX_TRY_ASSIGN(const Bytes signature, side_.operate(card_, key, block));
    if (!result_fits(public_key, block, signature))
        return Error(ErrorCode::ResponseWrong, "certify a new key");
    CARDMUX_TRY_ASSIGN(const Bytes der, crypto::signed_certificate(public_key, to_sign, signature));
    return management().write_certificate(card_, plan.reference, der);
}

/// The card makes a public key of the private one, or takes what it is given: whether both belong
/// together shows now.
Result<void> KeyWriter::check_imported(std::uint8_t reference,
                                       const crypto::PublicKey& public_key) {
    CARDMUX_TRY_ASSIGN(const Reading reading, read_anew());
    const drivers::CardKey* key = reading->contents.find_key(reference);
    if (key != nullptr && is_imported_key(key->public_key, public_key)) return success();
    return Error(ErrorCode::DataInvalid, "import a key");
}

// ---- keys that are there ------------------------------------------------------------------------

Result<void> KeyWriter::remove(std::uint8_t reference, const crypto::PublicKey* public_key) {
    CARDMUX_TRY_ASSIGN(const Reading reading, read_anew());
    const bool certified = reading->contents.find_certificate(reference) != nullptr;
    const drivers::CardKey* key = reading->contents.find_key(reference);
    const bool is_another =
        public_key != nullptr && (key == nullptr || key->public_key != *public_key);
    if (is_another || (!certified && key == nullptr))
        return Error(ErrorCode::KeyNotFound, "delete a key");
    CARDMUX_TRY(begin());
    // First: a certificate without its key would show a key that cannot be used.
    if (certified) CARDMUX_TRY(management().write_certificate(card_, reference, {}));
    return management().delete_key(card_, reference);
}

Result<void> KeyWriter::certify(std::uint8_t reference, ByteView der) {
    CARDMUX_TRY_ASSIGN(const Reading reading, read_anew());
    const drivers::CardKey* key = reading->contents.find_key(reference);
    if (key == nullptr) return Error(ErrorCode::KeyNotFound, "write a certificate");
    if (!der.empty()) {
        const Error wrong(ErrorCode::DataInvalid, "write a certificate");
        const auto certificate = crypto::parse_certificate(der);
        if (!certificate) return wrong;
        const auto public_key = crypto::parse_public_key_info(certificate->public_key_info);
        if (!public_key || *public_key != key->public_key) return wrong;
    }
    CARDMUX_TRY(begin());
    return management().write_certificate(card_, reference, der);
}

}  // namespace cardmux::token

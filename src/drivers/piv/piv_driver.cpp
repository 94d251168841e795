// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the status words of a PIV card mean, and how cards stray: docs/cards/piv.md, quirks P1 to
// P12.
#include "drivers/piv/piv_driver.h"

#include <algorithm>
#include <utility>

#include "crypto/certificate.h"
#include "crypto/hash.h"
#include "drivers/piv/answer_to_reset.h"
#include "drivers/piv/management/piv_management.h"
#include "drivers/piv/piv_access.h"
#include "drivers/piv/piv_commands.h"
#include "drivers/piv/piv_data_model.h"
#include "drivers/piv/piv_key_operation.h"
#include "drivers/piv/piv_objects.h"
#include "iso7816/status_word.h"
#include "iso7816/tlv_reader.h"

namespace cardmux::drivers::piv {
namespace {

namespace status = iso7816::status;
using iso7816::ApduChannel;
using iso7816::ResponseApdu;
using iso7816::TlvReader;

/// What to select to make the card forget that the PIN was verified: PIV itself (quirk P4: some
/// cards forget at every SELECT), then the others.
ByteView forgetting_application(std::size_t index) {
    return index == 0 ? ByteView(application_id) : other_applications[index - 1].view();
}
constexpr std::size_t forgetting_application_count = 1 + other_applications.size();

constexpr std::size_t serial_number_size_max = 16;

/// How many tries an answer to VERIFY leaves. 630x is an old card's way to say 63Cx (quirk P6).
std::optional<int> tries_left(std::uint16_t word) {
    if (const auto tries = status::tries_left(word)) return tries;
    if (word > status::warning_changed && word <= (status::warning_changed | 0x0F))
        return word & 0x0F;
    return std::nullopt;
}

bool is_verify_refusal(std::uint16_t word) {
    return tries_left(word).has_value() || word == status::warning_changed;
}

/// Sixteen characters that stay the same for the same bytes.
Result<std::string> digest_text(ByteView bytes) {
    CARDMUX_TRY_ASSIGN(const Bytes digest, crypto::hash(crypto::HashAlgorithm::Sha256, bytes));
    return to_hex(digest).substr(0, serial_number_size_max);
}

class PivDriver final : public CardDriver, private PivAccess {
  public:
    explicit PivDriver(ByteView atr)
        : commands_(atr), is_named_yubikey_(piv::is_named_yubikey(atr)) {
        if (is_named_yubikey_) is_yubico_ = true;
    }

    /// Whether PIV is on the card; learns what the Discovery Object tells, and selects PIV only if
    /// it is not selected already: selecting may take away the authority of another program.
    Result<bool> probe(ApduChannel& channel) {
        CARDMUX_TRY_ASSIGN(auto discovery, read_discovery(channel));
        if (!discovery) {
            CARDMUX_TRY_ASSIGN(const bool selected, try_select(channel));
            if (!selected) return false;
            CARDMUX_TRY_ASSIGN(discovery, read_discovery(channel));
        }
        has_discovery_ = discovery.has_value();
        if (discovery && discovery->global_pin_is_primary) pin_reference_ = reference_global_pin;
        return true;
    }

    const char* name() const override { return "PIV"; }

    Result<void> select(ApduChannel& channel) override {
        if (has_discovery_) {
            CARDMUX_TRY_ASSIGN(const auto discovery, read_discovery(channel));
            if (discovery) return success();
        }
        CARDMUX_TRY_ASSIGN(const bool selected, try_select(channel));
        if (!selected) return Error(ErrorCode::CardNotRecognized, "PIV SELECT");
        return success();
    }

    Result<CardIdentity> read_identity(ApduChannel& channel) override;
    Result<CardContents> read_contents(ApduChannel& channel) override;
    Result<PinStatus> pin_status(ApduChannel& channel) override;
    Result<void> verify_pin(ApduChannel& channel, const SecretBytes& pin) override;
    Result<void> drop_authority(ApduChannel& channel) override;
    Result<Bytes> private_key_operation(ApduChannel& channel, const CardKey& key,
                                        ByteView input) override;
    Result<SecretBytes> derive(ApduChannel& channel, const CardKey& key,
                               ByteView peer_point) override {
        return derive_with_key(commands_, channel, key, peer_point);
    }
    Result<std::optional<crypto::PublicKey>> read_public_key(ApduChannel& channel,
                                                             std::uint8_t reference) override;
    CardManagement* management() override { return &management_; }
    const CardKey* proof_key(const CardContents& contents) const override;

  private:
    // PivAccess
    PivCommands& commands() override { return commands_; }
    bool is_named_yubikey() const override { return is_named_yubikey_; }
    Result<bool> is_yubico(ApduChannel& channel) override;
    Result<bool> select_piv(ApduChannel& channel) override { return try_select(channel); }
    Result<std::optional<Bytes>> read_object(ApduChannel& channel, std::uint32_t object) override;
    Result<std::optional<PinStatus>> ask_pin_status(ApduChannel& channel) override;
    Result<std::optional<Bytes>> read_object_once(ApduChannel& channel, std::uint32_t object,
                                                  bool& is_damaged);

    enum class Logout : std::uint8_t { VerifyUntried, Verify, Select, Impossible };

    Result<bool> try_select(ApduChannel& channel);
    Result<std::optional<Bytes>> read_metadata(ApduChannel& channel, std::uint8_t reference);
    Result<std::optional<Discovery>> read_discovery(ApduChannel& channel);
    Result<std::optional<Bytes>> read_certificate(ApduChannel& channel, const Slot& slot);
    Result<std::optional<CardKey>> read_bare_key(ApduChannel& channel, const Slot& slot);
    Result<bool> read_certified(ApduChannel& channel, const Slot& slot, CardContents& contents);
    Result<void> read_place(ApduChannel& channel, const Slot& slot, CardContents& contents);
    Result<void> read_noted_places(ApduChannel& channel, CardContents& contents);
    Result<std::optional<Bytes>> read_yubico_serial(ApduChannel& channel);
    Result<CardIdentity> identity_without_chuid(ApduChannel& channel);
    Result<void> drop_by_verify(ApduChannel& channel);
    Result<void> drop_by_select(ApduChannel& channel);

    PivCommands commands_;
    bool is_named_yubikey_;
    std::optional<bool> is_yubico_;  ///< none: not asked yet
    bool has_discovery_ = false;
    bool has_metadata_ = true;  ///< until the card says otherwise
    bool selects_truncated_ = false;
    std::uint8_t pin_reference_ = reference_application_pin;
    Logout logout_ = Logout::VerifyUntried;
    std::size_t forgetting_application_ = 0;  ///< index of the one to select
    PivManagement management_{*this};
};

/// The full name first; some cards know the application only without its version (quirk P1). What
/// the answer says of the application is not looked at: it is optional, and cards fill it with odd
/// things.
Result<bool> PivDriver::try_select(ApduChannel& channel) {
    const ByteView full(application_id);
    const ByteView truncated = full.first(application_id_truncated_size);
    CARDMUX_TRY_ASSIGN(const ResponseApdu first,
                       commands_.select(channel, selects_truncated_ ? truncated : full));
    if (first.ok()) return true;
    CARDMUX_TRY_ASSIGN(const ResponseApdu second,
                       commands_.select(channel, selects_truncated_ ? full : truncated));
    if (second.ok()) selects_truncated_ = !selects_truncated_;
    return second.ok();
}

/// An object that came damaged may only have been damaged on its way: it would be missing for as
/// long as the card stays in the reader, so it is asked for once more.
Result<std::optional<Bytes>> PivDriver::read_object(ApduChannel& channel, std::uint32_t object) {
    bool is_damaged = false;
    CARDMUX_TRY_ASSIGN(auto content, read_object_once(channel, object, is_damaged));
    if (!is_damaged) return content;
    return read_object_once(channel, object, is_damaged);
}

Result<std::optional<Bytes>> PivDriver::read_object_once(ApduChannel& channel, std::uint32_t object,
                                                         bool& is_damaged) {
    Result<ResponseApdu> response = commands_.get_data(channel, object);
    is_damaged = true;
    if (!response.ok()) {
        if (response.error().code == ErrorCode::CardDataMalformed) return std::optional<Bytes>();
        return response.error();
    }
    is_damaged = !status::is_refusal(response->status_word);
    if (!response->ok()) return std::optional<Bytes>();
    const std::uint32_t tag = object == object_discovery ? object_discovery : tag_object_data;
    const auto inside = TlvReader(response->data).require(tag);
    std::optional<Bytes> content;
    if (inside.ok()) content = to_bytes(*inside);
    is_damaged = !inside.ok();
    wipe(response->data);  // it may have held the management key
    return content;
}

/// Whether the card has a Discovery Object that names PIV, and PIV is selected; none otherwise.
Result<std::optional<Discovery>> PivDriver::read_discovery(ApduChannel& channel) {
    CARDMUX_TRY_ASSIGN(const std::optional<Bytes> data, read_object(channel, object_discovery));
    if (!data) return std::optional<Discovery>();
    const auto discovery = parse_discovery(*data);
    if (!discovery.ok() || !discovery->names_piv) return std::optional<Discovery>();
    return std::optional<Discovery>(*discovery);
}

Result<CardIdentity> PivDriver::read_identity(ApduChannel& channel) {
    CARDMUX_TRY_ASSIGN(const std::optional<Bytes> chuid, read_object(channel, object_chuid));
    CardholderId holder;  // a damaged CHUID counts as none
    if (chuid) holder = parse_chuid(*chuid).value_or(CardholderId());
    CardIdentity identity;
    if (!holder.guid.empty()) {
        identity.unique_id = holder.guid;
        identity.serial_number = to_hex(holder.guid).substr(0, serial_number_size_max);
    } else if (!holder.fasc_n.empty()) {
        identity.unique_id = holder.fasc_n;
        CARDMUX_TRY_ASSIGN(identity.serial_number, digest_text(holder.fasc_n));
    } else {
        CARDMUX_TRY_ASSIGN(identity, identity_without_chuid(channel));
    }
    identity.driver = name();
    identity.model = is_named_yubikey_ ? "YubiKey PIV" : "PIV card";
    return identity;
}

/// Yubico's serial number, else a certificate's hash: the best there is to tell such a card by.
Result<CardIdentity> PivDriver::identity_without_chuid(ApduChannel& channel) {
    CardIdentity identity;
    CARDMUX_TRY_ASSIGN(const std::optional<Bytes> serial, read_yubico_serial(channel));
    if (serial) {
        std::uint32_t number = 0;
        for (std::uint8_t byte : *serial) number = number << 8 | byte;
        identity.unique_id = *serial;
        identity.serial_number = std::to_string(number);
        return identity;
    }
    for (const Slot& slot : slots) {
        CARDMUX_TRY_ASSIGN(const std::optional<Bytes> der, read_certificate(channel, slot));
        if (!der) continue;
        CARDMUX_TRY_ASSIGN(identity.unique_id, crypto::hash(crypto::HashAlgorithm::Sha256, *der));
        identity.serial_number = to_hex(identity.unique_id).substr(0, serial_number_size_max);
        return identity;
    }
    return Error(ErrorCode::CardDataMalformed, "PIV read identity");
}

Result<CardContents> PivDriver::read_contents(ApduChannel& channel) {
    CardContents contents;
    for (const Slot& slot : slots) CARDMUX_TRY(read_place(channel, slot, contents));
    if (is_named_yubikey_) CARDMUX_TRY(read_noted_places(channel, contents));
    return contents;
}

/// A certificate with its key. False: there is none that can be understood.
Result<bool> PivDriver::read_certified(ApduChannel& channel, const Slot& slot,
                                       CardContents& contents) {
    CARDMUX_TRY_ASSIGN(const std::optional<Bytes> der, read_certificate(channel, slot));
    const auto certificate = crypto::parse_certificate(der.value_or(Bytes()));
    if (!certificate) return false;
    contents.certificates.push_back({slot.key_reference, *der});
    auto key = crypto::parse_public_key_info(certificate->public_key_info);
    if (key) contents.keys.push_back(key_in(slot, std::move(key).value()));
    return true;
}

/// One key with its certificate, if it is there: the key as its certificate says, else the card.
Result<void> PivDriver::read_place(ApduChannel& channel, const Slot& slot, CardContents& contents) {
    CARDMUX_TRY_ASSIGN(const bool certified, read_certified(channel, slot, contents));
    if (certified) return success();
    CARDMUX_TRY_ASSIGN(std::optional<CardKey> key, read_bare_key(channel, slot));
    if (key) contents.keys.push_back(*std::move(key));
    return success();
}

/// What our own object on the card says: names, retired places that are in use (asking for all
/// twenty would take forty APDUs), and keys that only stand there because the card could not delete
/// them.
Result<void> PivDriver::read_noted_places(ApduChannel& channel, CardContents& contents) {
    CARDMUX_TRY_ASSIGN(const std::vector<PlaceNote> notes, management_.read_notes(channel));
    for (const PlaceNote& note : notes) {
        const std::uint8_t reference = note.key_reference;
        if (contents.find_name(reference) != nullptr) continue;
        if (note.discarded_key.empty()) {
            if (is_retired_key(reference))
                CARDMUX_TRY(read_place(channel, retired_slot(reference), contents));
            contents.names.push_back({reference, note.name});
        } else if (contents.find_certificate(reference) == nullptr) {
            std::erase_if(contents.keys, [&](const CardKey& key) {
                return key.reference == reference &&
                       print_of(key.public_key).value_or({}) == note.discarded_key;
            });
        }
    }
    return success();
}

/// None if it is not there, needs a PIN to be read, or is damaged.
Result<std::optional<Bytes>> PivDriver::read_certificate(ApduChannel& channel, const Slot& slot) {
    CARDMUX_TRY_ASSIGN(const std::optional<Bytes> data,
                       read_object(channel, slot.certificate_object));
    if (!data) return std::optional<Bytes>();
    auto der = parse_certificate_object(*data);
    if (!der.ok()) return std::optional<Bytes>();
    return der;
}

Result<std::optional<Bytes>> PivDriver::read_metadata(ApduChannel& channel,
                                                      std::uint8_t reference) {
    if (!has_metadata_) return std::optional<Bytes>();
    CARDMUX_TRY_ASSIGN(has_metadata_, is_yubico(channel));
    if (!has_metadata_) return std::optional<Bytes>();
    CARDMUX_TRY_ASSIGN(ResponseApdu response,
                       commands_.yubico(channel, ins_yubico_metadata, reference));
    if (status::is_unknown_command(response.status_word)) has_metadata_ = false;
    if (!response.ok()) return std::optional<Bytes>();
    return std::optional<Bytes>(std::move(response.data));
}

/// Yubico's cards tell of a key that has no certificate, or a damaged one. None: no such key, or
/// not Yubico's.
Result<std::optional<CardKey>> PivDriver::read_bare_key(ApduChannel& channel, const Slot& slot) {
    CARDMUX_TRY_ASSIGN(const std::optional<Bytes> data, read_metadata(channel, slot.key_reference));
    if (!data) return std::optional<CardKey>();
    auto metadata = parse_metadata(*data);
    if (!metadata.ok()) return std::optional<CardKey>();
    CardKey key = key_in(slot, std::move(metadata->public_key));
    key.pin_policy = metadata->pin_policy.value_or(slot.pin_policy);
    return std::optional<CardKey>(std::move(key));
}

/// From Yubico's cards the key itself; of others the certificate, which whoever made another key
/// may not have written yet.
Result<std::optional<crypto::PublicKey>> PivDriver::read_public_key(ApduChannel& channel,
                                                                    std::uint8_t reference) {
    const auto slot = slot_of(reference);
    if (!slot) return std::optional<crypto::PublicKey>();
    CARDMUX_TRY_ASSIGN(const std::optional<CardKey> key, read_bare_key(channel, *slot));
    if (key) return std::optional<crypto::PublicKey>(key->public_key);
    CardContents place;
    CARDMUX_TRY(read_certified(channel, *slot, place));
    if (place.keys.empty()) return std::optional<crypto::PublicKey>();
    return std::optional<crypto::PublicKey>(std::move(place.keys.front().public_key));
}

Result<bool> PivDriver::is_yubico(ApduChannel& channel) {
    if (!is_yubico_) {
        constexpr std::size_t version_size = 3;
        CARDMUX_TRY_ASSIGN(const ResponseApdu response,
                           commands_.yubico(channel, ins_yubico_version, 0x00));
        is_yubico_ = response.ok() && response.data.size() == version_size;
    }
    return *is_yubico_;
}

Result<std::optional<Bytes>> PivDriver::read_yubico_serial(ApduChannel& channel) {
    constexpr std::size_t serial_size = 4;
    CARDMUX_TRY_ASSIGN(const bool asks, is_yubico(channel));
    if (!asks) return std::optional<Bytes>();
    CARDMUX_TRY_ASSIGN(ResponseApdu response, commands_.yubico(channel, ins_yubico_serial, 0x00));
    if (!response.ok() || response.data.size() != serial_size) return std::optional<Bytes>();
    return std::optional<Bytes>(std::move(response.data));
}

Result<PinStatus> PivDriver::pin_status(ApduChannel& channel) {
    CARDMUX_TRY_ASSIGN(const ResponseApdu response,
                       commands_.verify_status(channel, pin_reference_));
    if (response.ok()) return PinStatus{true, std::nullopt};
    const auto tries = tries_left(response.status_word);
    if (response.status_word == status::authentication_blocked || tries == 0)
        return Error(ErrorCode::PinBlocked, "PIV VERIFY").with_status_word(response.status_word);
    if (response.status_word == status::instruction_not_supported ||
        response.status_word == status::class_not_supported) {
        // Every PIV card knows VERIFY: this is another applet.
        return Error(ErrorCode::CardRefused, "PIV VERIFY").with_status_word(response.status_word);
    }
    return PinStatus{false, tries};  // anything else: the card knows no such question (quirk P5)
}

Result<void> PivDriver::verify_pin(ApduChannel& channel, const SecretBytes& pin) {
    const ByteView characters = pin.view();
    const bool is_padding = std::find(characters.begin(), characters.end(), pin_padding) !=
                            characters.end();  // would be taken for a shorter PIN
    if (pin.size() < pin_size_min || pin.size() > pin_size_max || is_padding)
        return Error(ErrorCode::PinFormatInvalid, "PIV VERIFY");
    CARDMUX_TRY_ASSIGN(const ResponseApdu response, commands_.verify(channel, pin_reference_, pin));
    const std::uint16_t word = response.status_word;
    if (response.ok()) return success();
    const auto error = [word](ErrorCode code) {
        return Error(code, "PIV VERIFY").with_status_word(word);
    };
    auto tries = tries_left(word);
    if (word == status::authentication_blocked || tries == 0) return error(ErrorCode::PinBlocked);
    if (word == status::warning_changed) {
        // "Wrong", and no number (quirk P6).
        CARDMUX_TRY_ASSIGN(const std::optional<PinStatus> asked, ask_pin_status(channel));
        if (asked) tries = asked->tries_left;
    }
    if (is_verify_refusal(word))
        return error(ErrorCode::PinIncorrect).with_detail(tries.value_or(-1));
    switch (word) {
        case status::wrong_data:
            return error(ErrorCode::PinFormatInvalid);
        case status::security_not_satisfied:
        case status::secure_messaging_not_supported:
            return error(ErrorCode::SecurityNotSatisfied);
        default:
            return error(ErrorCode::CardRefused);
    }
}

/// The PIN's state for a question beside the matter, where a card that does not answer it (quirk
/// P5) or refuses it is no failure: PIV is known to be selected. None: the card does not tell.
Result<std::optional<PinStatus>> PivDriver::ask_pin_status(ApduChannel& channel) {
    const Result<PinStatus> asked = pin_status(channel);
    if (asked.ok()) {
        const bool tells = asked->verified || asked->tries_left.has_value();
        return tells ? std::optional<PinStatus>(*asked) : std::nullopt;
    }
    switch (asked.error().code) {
        case ErrorCode::PinBlocked:
            return std::optional<PinStatus>({false, 0});
        case ErrorCode::CardRefused:
            return std::optional<PinStatus>();
        default:
            return asked.error();
    }
}

Result<void> PivDriver::drop_authority(ApduChannel& channel) {
    if (logout_ == Logout::VerifyUntried || logout_ == Logout::Verify)
        CARDMUX_TRY(drop_by_verify(channel));
    if (logout_ == Logout::Select) CARDMUX_TRY(drop_by_select(channel));
    if (logout_ == Logout::Impossible) return Error(ErrorCode::NotSupported, "PIV drop authority");
    return success();
}

/// The card's word is checked the first time: some ignore P1 and answer 9000 because the PIN is
/// verified, and stays so (quirk P8).
Result<void> PivDriver::drop_by_verify(ApduChannel& channel) {
    CARDMUX_TRY_ASSIGN(const ResponseApdu response,
                       commands_.reset_authority(channel, pin_reference_));
    bool works = response.ok();
    if (works && logout_ == Logout::VerifyUntried) {
        CARDMUX_TRY_ASSIGN(const std::optional<PinStatus> after, ask_pin_status(channel));
        works = !after || !after->verified;
    }
    logout_ = works ? Logout::Verify : Logout::Select;
    return success();
}

/// Selects an application, and PIV again, as we found it; the first that is seen to make the card
/// forget is remembered. Checked each time: that the PIN was not verified afterwards proves nothing
/// about the next time if it was not verified before.
Result<void> PivDriver::drop_by_select(ApduChannel& channel) {
    for (; forgetting_application_ < forgetting_application_count; ++forgetting_application_) {
        const bool is_piv = forgetting_application_ == 0;
        CARDMUX_TRY_ASSIGN(
            const ResponseApdu answer,
            commands_.select(channel, forgetting_application(forgetting_application_)));
        if (!answer.ok()) continue;
        if (!is_piv) {
            CARDMUX_TRY_ASSIGN(const bool selected, try_select(channel));
            if (!selected) return Error(ErrorCode::CardNotRecognized, "PIV SELECT");
        }
        CARDMUX_TRY_ASSIGN(const std::optional<PinStatus> after, ask_pin_status(channel));
        // A card that does not tell has to follow the standard, which speaks of other applications.
        if (after ? !after->verified : !is_piv) return success();
    }
    logout_ = Logout::Impossible;
    return success();
}

Result<Bytes> PivDriver::private_key_operation(ApduChannel& channel, const CardKey& key,
                                               ByteView input) {
    return operate_with_key(commands_, channel, key, input);
}

const CardKey* PivDriver::proof_key(const CardContents& contents) const {
    const auto key =
        std::find_if(contents.keys.begin(), contents.keys.end(), [](const CardKey& candidate) {
            return candidate.reference == card_authentication_key &&
                   candidate.pin_policy == PinPolicy::Never;
        });
    return key == contents.keys.end() ? nullptr : &*key;
}

}  // namespace

Result<std::unique_ptr<CardDriver>> probe_piv(ApduChannel& channel, ByteView atr) {
    auto driver = std::make_unique<PivDriver>(atr);
    CARDMUX_TRY_ASSIGN(const bool present, driver->probe(channel));
    if (!present) return std::unique_ptr<CardDriver>();
    return std::unique_ptr<CardDriver>(std::move(driver));
}

}  // namespace cardmux::drivers::piv

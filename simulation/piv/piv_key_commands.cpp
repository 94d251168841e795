// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// GENERAL AUTHENTICATE with a private key, GENERATE ASYMMETRIC KEY PAIR (SP 800-73-4 part 2,
// sections 3.2.4 and 3.3.2), Yubico's IMPORT ASYMMETRIC KEY.
#include "iso7816/status_word.h"
#include "iso7816/tlv_reader.h"
#include "iso7816/tlv_writer.h"
#include "simulation/piv/piv_card.h"
#include "simulation/piv/piv_data_model.h"

namespace cardmux::simulation {
namespace {

namespace status = iso7816::status;
using iso7816::CommandApdu;
using iso7816::ResponseApdu;
using iso7816::TlvReader;
using iso7816::TlvWriter;

// Yubico's import: the private key's parts (developers.yubico.com/PIV, "IMPORT ASYMMETRIC KEY").
constexpr std::uint32_t tag_import_p = 0x01;
constexpr std::uint32_t tag_import_q = 0x02;
constexpr std::uint32_t tag_import_scalar = 0x06;

std::optional<KeyAlgorithm> key_algorithm_of(std::uint8_t number) {
    for (const KeyAlgorithm algorithm :
         {KeyAlgorithm::Rsa2048, KeyAlgorithm::Rsa3072, KeyAlgorithm::Rsa4096, KeyAlgorithm::P256,
          KeyAlgorithm::P384}) {
        if (static_cast<std::uint8_t>(algorithm) == number) return algorithm;
    }
    return std::nullopt;
}

TimedCommand timed_as(KeyAlgorithm algorithm) {
    switch (algorithm) {
        case KeyAlgorithm::Rsa2048:
            return TimedCommand::Rsa2048;
        case KeyAlgorithm::Rsa3072:
            return TimedCommand::Rsa3072;
        case KeyAlgorithm::Rsa4096:
            return TimedCommand::Rsa4096;
        case KeyAlgorithm::P256:
            return TimedCommand::P256;
        case KeyAlgorithm::P384:
            return TimedCommand::P384;
    }
    return TimedCommand::Other;
}

bool is_authorized(const PivCard& card, KeyPinPolicy policy, bool fresh_pin) {
    switch (policy) {
        case KeyPinPolicy::Never:
            return true;
        case KeyPinPolicy::Once:
            return card.session.pin_verified;
        case KeyPinPolicy::Always:
            return card.session.pin_verified && fresh_pin;
    }
    return false;
}

KeyPinPolicy standard_policy(std::uint8_t reference) {
    if (reference == piv::key_signature) return KeyPinPolicy::Always;
    if (reference == piv::key_card_authentication) return KeyPinPolicy::Never;
    return KeyPinPolicy::Once;
}

/// The key's policy: Yubico's AA if it is there, 00 being the standard's. None if it is nonsense.
std::optional<KeyPinPolicy> read_policy(const PivCard& card, std::uint8_t reference,
                                        const TlvReader& reader) {
    const auto wanted = reader.find(piv::tag_pin_policy);
    if (!wanted.ok()) return std::nullopt;
    if (!wanted.value()) return standard_policy(reference);
    const ByteView value = wanted.value()->value;
    if (!card.options.behavior.yubico || value.size() != 1 || value[0] > 3) return std::nullopt;
    return value[0] == 0 ? standard_policy(reference) : static_cast<KeyPinPolicy>(value[0]);
}

/// What of the private key's three operations the template asks for.
Result<Bytes> compute(const PrivateKey& key, const TlvReader& request) {
    CARDMUX_TRY_ASSIGN(const auto point, request.find(piv::tag_exponentiation));
    if (point) return key.agree(point->value);
    CARDMUX_TRY_ASSIGN(const ByteView block, request.require(piv::tag_challenge));
    return is_rsa(key.algorithm()) ? key.raw_rsa(block) : key.sign_hash(block);
}

void store(PivCard& card, std::uint8_t reference, StoredKey key) {
    card.memory.keys.insert_or_assign(reference, std::move(key));
    card.effects.memory_changed = true;
}

Result<PrivateKey> read_imported(const PivCard& card, KeyAlgorithm algorithm,
                                 const TlvReader& reader) {
    if (!is_rsa(algorithm)) {
        CARDMUX_TRY_ASSIGN(const ByteView scalar, reader.require(tag_import_scalar));
        return PrivateKey::from_scalar(card.library, algorithm, scalar);
    }
    CARDMUX_TRY_ASSIGN(const ByteView p, reader.require(tag_import_p));
    CARDMUX_TRY_ASSIGN(const ByteView q, reader.require(tag_import_q));
    return PrivateKey::from_primes(card.library, algorithm, p, q);
}

}  // namespace

ResponseApdu use_private_key(PivCard& card, const CommandApdu& command, bool fresh_pin) {
    if (!piv::is_asymmetric_key(command.p2)) return answer(status::wrong_p1_p2);
    const auto found = card.memory.keys.find(command.p2);
    if (found == card.memory.keys.end()) return answer(status::reference_data_not_found);
    const StoredKey& stored = found->second;
    if (static_cast<std::uint8_t>(stored.key.algorithm()) != command.p1) {
        return answer(status::wrong_p1_p2);
    }
    if (!is_authorized(card, stored.pin_policy, fresh_pin)) {
        return answer(status::security_not_satisfied);
    }
    const auto request = TlvReader(command.data).require(piv::tag_authentication);
    if (!request.ok()) return answer(status::wrong_data);
    const auto result = compute(stored.key, TlvReader(request.value()));
    if (!result.ok()) return answer(status::wrong_data);
    card.effects.timed = timed_as(stored.key.algorithm());
    card.effects.used_private_key = true;
    const Bytes inner = TlvWriter().add(piv::tag_response, result.value()).take();
    return answer_with(TlvWriter().add(piv::tag_authentication, inner).take());
}

ResponseApdu generate_key_pair(PivCard& card, const CommandApdu& command) {
    if (command.p1 != 0x00 || !piv::is_asymmetric_key(command.p2)) {
        return answer(status::wrong_p1_p2);
    }
    if (!card.session.manager_authenticated) return answer(status::security_not_satisfied);
    const auto wanted = TlvReader(command.data).require(piv::tag_key_template);
    if (!wanted.ok()) return answer(status::wrong_data);
    const TlvReader reader(wanted.value());
    const auto number = reader.require(piv::tag_algorithm);
    const auto policy = read_policy(card, command.p2, reader);
    if (!number.ok() || number->size() != 1 || !policy) return answer(status::wrong_data);
    const auto algorithm = key_algorithm_of(number.value()[0]);
    if (!algorithm) return answer(status::wrong_data);

    auto key = PrivateKey::generate(card.library, *algorithm);
    if (!key.ok()) return answer(status::no_precise_diagnosis);
    const Bytes public_part = key->public_template();
    store(card, command.p2, {.key = std::move(key).value(), .pin_policy = *policy});
    return answer_with(TlvWriter().add(piv::tag_public_key, public_part).take());
}

ResponseApdu import_key(PivCard& card, const CommandApdu& command) {
    const auto algorithm = key_algorithm_of(command.p1);
    if (!algorithm || !piv::is_asymmetric_key(command.p2)) return answer(status::wrong_p1_p2);
    if (!card.session.manager_authenticated) return answer(status::security_not_satisfied);
    const TlvReader reader(command.data);
    const auto policy = read_policy(card, command.p2, reader);
    auto key = read_imported(card, *algorithm, reader);
    if (!policy || !key.ok()) return answer(status::wrong_data);
    store(card, command.p2,
          {.key = std::move(key).value(), .pin_policy = *policy, .imported = true});
    return answer(status::success);
}

}  // namespace cardmux::simulation

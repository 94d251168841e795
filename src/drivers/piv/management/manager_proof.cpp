// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "drivers/piv/management/manager_proof.h"

#include <algorithm>
#include <array>

#include "crypto/block_cipher.h"
#include "drivers/piv/management/sure_reading.h"
#include "drivers/piv/piv_data_model.h"
#include "iso7816/status_word.h"
#include "iso7816/tlv_reader.h"
#include "iso7816/tlv_writer.h"

namespace cardmux::drivers::piv {
namespace {

namespace status = iso7816::status;
using crypto::BlockCipher;
using iso7816::ApduChannel;
using iso7816::ResponseApdu;
using iso7816::TlvReader;
using iso7816::TlvWriter;

constexpr std::size_t default_key_period = 8;  // 01..08, repeated

Error not_known(const char* what) {
    return Error(ErrorCode::ManagementKeyRequired, what);
}

struct NumberedCipher {
    std::uint8_t algorithm;
    BlockCipher cipher;
};

constexpr std::array<NumberedCipher, 4> ciphers{{
    {algorithm_triple_des, BlockCipher::TripleDes},
    {algorithm_aes128, BlockCipher::Aes128},
    {algorithm_aes192, BlockCipher::Aes192},
    {algorithm_aes256, BlockCipher::Aes256},
}};

std::optional<BlockCipher> cipher_of_algorithm(std::uint8_t algorithm) {
    const auto found = std::ranges::find(ciphers, algorithm, &NumberedCipher::algorithm);
    return found == ciphers.end() ? std::nullopt : std::optional(found->cipher);
}

std::uint8_t algorithm_of_cipher(BlockCipher cipher) {
    return std::ranges::find(ciphers, cipher, &NumberedCipher::cipher)->algorithm;
}

/// Cards that do not tell: 24 bytes are the standard's first cipher.
std::optional<BlockCipher> cipher_of_size(std::size_t size) {
    for (const BlockCipher cipher :
         {BlockCipher::TripleDes, BlockCipher::Aes128, BlockCipher::Aes256})
        if (crypto::key_size(cipher) == size) return cipher;
    return std::nullopt;
}

/// What the card tells of its management key.
struct KeyFacts {
    std::optional<BlockCipher> cipher;  ///< none: it does not tell
    bool is_default = false;
};

Result<KeyFacts> read_facts(PivAccess& access, ApduChannel& channel) {
    KeyFacts facts;
    CARDMUX_TRY_ASSIGN(const ToldOfKey told, ask_of_key(access, channel, management_key));
    if (told.answer != ToldOfKey::Answer::Present) return facts;
    const TlvReader reader(told.metadata);
    const auto algorithm = reader.find(tag_metadata_algorithm);
    const auto is_default = reader.find(tag_metadata_is_default);
    if (algorithm && *algorithm && (*algorithm)->value.size() == 1)
        facts.cipher = cipher_of_algorithm((*algorithm)->value[0]);
    facts.is_default = is_default && *is_default && (*is_default)->value.size() == 1 &&
                       (*is_default)->value[0] == 1;
    return facts;
}

/// A value inside one object inside another, the first of each tag.
std::optional<ByteView> find_inside(ByteView data, std::uint32_t outer, std::uint32_t inner) {
    const auto content = TlvReader(data).require(outer);
    if (!content) return std::nullopt;
    const auto value = TlvReader(*content).require(inner);
    if (!value) return std::nullopt;
    return *value;
}

/// The key that Yubico's tools have stored where it is read with the PIN only. Empty: none.
Result<SecretBytes> read_protected_key(PivAccess& access, ApduChannel& channel) {
    CARDMUX_TRY_ASSIGN(const bool is_yubico, access.is_yubico(channel));
    if (!is_yubico) return SecretBytes();
    CARDMUX_TRY_ASSIGN(const std::optional<Bytes> admin,
                       access.read_object(channel, object_yubico_admin));
    if (!admin) return SecretBytes();
    const auto flags = find_inside(*admin, tag_admin_data, tag_admin_flags);
    if (!flags || flags->empty() || ((*flags)[0] & management_key_is_protected) == 0)
        return SecretBytes();
    CARDMUX_TRY_ASSIGN(std::optional<Bytes> printed, access.read_object(channel, object_printed));
    if (!printed) return SecretBytes();
    const auto value = find_inside(*printed, tag_protected_data, tag_protected_management_key);
    SecretBytes key = value ? SecretBytes(*value) : SecretBytes();
    wipe(*printed);
    return key;
}

SecretBytes default_key(BlockCipher cipher) {
    Bytes key(crypto::key_size(cipher));
    for (std::size_t i = 0; i < key.size(); ++i)
        key[i] = static_cast<std::uint8_t>(i % default_key_period + 1);
    return SecretBytes(key);
}

struct ManagerKey {
    BlockCipher cipher;
    SecretBytes bytes;
};

Result<ManagerKey> fit(const KeyFacts& facts, SecretBytes key) {
    const auto cipher = facts.cipher ? facts.cipher : cipher_of_size(key.size());
    if (!cipher || crypto::key_size(*cipher) != key.size())
        return not_known("use a management key of this size");
    return ManagerKey{*cipher, std::move(key)};
}

Result<ManagerKey> find_key(PivAccess& access, ApduChannel& channel, const SecretBytes* key) {
    CARDMUX_TRY_ASSIGN(const KeyFacts facts, read_facts(access, channel));
    if (key != nullptr) return fit(facts, key->clone());
    CARDMUX_TRY_ASSIGN(SecretBytes stored, read_protected_key(access, channel));
    if (!stored.empty()) return fit(facts, std::move(stored));
    if (facts.is_default && facts.cipher) return fit(facts, default_key(*facts.cipher));
    return not_known("find the management key");
}

/// One step of the exchange: sends a template, returns the value of `wanted` in the answer.
Result<Bytes> ask(PivAccess& access, ApduChannel& channel, const ManagerKey& key, ByteView content,
                  std::uint32_t wanted) {
    CARDMUX_TRY_ASSIGN(
        const ResponseApdu response,
        access.commands().authenticate_manager(channel, algorithm_of_cipher(key.cipher), content));
    const std::uint16_t word = response.status_word;
    if (status::is_unknown_command(word))
        return Error(ErrorCode::CardRefused, "PIV GENERAL AUTHENTICATE").with_status_word(word);
    if (!response.ok()) return not_known("prove the management key").with_status_word(word);
    const auto value = find_inside(response.data, tag_authentication, wanted);
    if (!value) return Error(ErrorCode::CardDataMalformed, "PIV GENERAL AUTHENTICATE");
    return to_bytes(*value);
}

}  // namespace

/// The card gives a witness encrypted, which only who has the key can give back; with it goes a
/// challenge of ours, which only who has the key can encrypt.
Result<void> prove_manager(PivAccess& access, ApduChannel& channel, const SecretBytes* key,
                           RandomSource& random) {
    CARDMUX_TRY_ASSIGN(const ManagerKey found, find_key(access, channel, key));
    CARDMUX_TRY_ASSIGN(
        const Bytes witness,
        ask(access, channel, found, TlvWriter().add(tag_witness, {}).take(), tag_witness));
    if (witness.size() != crypto::block_size(found.cipher))
        return Error(ErrorCode::CardDataMalformed, "PIV GENERAL AUTHENTICATE");
    CARDMUX_TRY_ASSIGN(const Bytes proof,
                       crypto::decrypt_block(found.cipher, found.bytes, witness));
    Bytes challenge(crypto::block_size(found.cipher));
    random.fill(challenge);
    const Bytes content = TlvWriter().add(tag_witness, proof).add(tag_challenge, challenge).take();
    CARDMUX_TRY_ASSIGN(const Bytes answer, ask(access, channel, found, content, tag_response));
    CARDMUX_TRY_ASSIGN(const Bytes expected,
                       crypto::encrypt_block(found.cipher, found.bytes, challenge));
    if (!equal(answer, expected)) return not_known("have the card prove the management key");
    return success();
}

}  // namespace cardmux::drivers::piv

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "simulation/piv/piv_card_provisioning.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "iso7816/tlv_writer.h"
#include "simulation/piv/piv_data_model.h"
#include "simulation/piv/self_signed_certificate.h"
#include "simulation/test_keys.h"

namespace cardmux::simulation {
namespace {

using iso7816::TlvWriter;

constexpr std::size_t guid_size = 16;

struct SlotFacts {
    std::uint8_t slot;
    std::uint32_t certificate;
    const char* purpose;
    KeyPinPolicy pin_policy;
};

constexpr std::array<SlotFacts, 4> slot_facts = {{
    {piv::key_authentication, piv::object_authentication_certificate, "authentication",
     KeyPinPolicy::Once},
    {piv::key_signature, piv::object_signature_certificate, "signature", KeyPinPolicy::Always},
    {piv::key_key_management, piv::object_key_management_certificate, "key management",
     KeyPinPolicy::Once},
    {piv::key_card_authentication, piv::object_card_authentication_certificate,
     "card authentication", KeyPinPolicy::Never},
}};

std::size_t index_of(std::uint8_t slot) {
    const auto* const found =
        std::find_if(slot_facts.begin(), slot_facts.end(),
                     [&](const SlotFacts& facts) { return facts.slot == slot; });
    return static_cast<std::size_t>(found - slot_facts.begin());
}

Error refuse(const char* what) {
    return Error(ErrorCode::InvalidArgument, what);
}

bool has_size(const std::string& text, std::size_t least, std::size_t most) {
    return text.size() >= least && text.size() <= most;
}

const char* test_keys_pem(KeyAlgorithm algorithm) {
    switch (algorithm) {
        case KeyAlgorithm::Rsa2048:
            return test_keys_rsa2048_pem;
        case KeyAlgorithm::Rsa3072:
            return test_keys_rsa3072_pem;
        case KeyAlgorithm::Rsa4096:
            return test_keys_rsa4096_pem;
        case KeyAlgorithm::P256:
        case KeyAlgorithm::P384:
            break;
    }
    return "";
}

/// The PEM block with this number, from 0; empty if there are fewer.
std::string_view pem_block(std::string_view text, std::size_t index) {
    constexpr std::string_view begin = "-----BEGIN";
    std::size_t at = text.find(begin);
    for (; index > 0 && at != std::string_view::npos; --index) at = text.find(begin, at + 1);
    return at == std::string_view::npos ? std::string_view() : text.substr(at);
}

Result<PrivateKey> test_key(const CryptoLibrary& library, std::string_view pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* der = nullptr;
    long size = 0;
    const bool read = PEM_read_bio(bio.get(), &name, &header, &der, &size) == 1;
    const std::unique_ptr<char, void (*)(char*)> name_owner(name, [](char* p) { OPENSSL_free(p); });
    const std::unique_ptr<char, void (*)(char*)> header_owner(header,
                                                              [](char* p) { OPENSSL_free(p); });
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> der_owner(
        der, [](unsigned char* p) { OPENSSL_free(p); });
    ERR_clear_error();
    if (!read) return Error(ErrorCode::Internal, "read test key");
    return PrivateKey::from_pkcs8(library, {der, static_cast<std::size_t>(size)});
}

/// A version 8 UUID (RFC 9562: of our own making) that follows from the serial number.
Bytes guid_for(const CryptoLibrary& library, std::uint32_t serial_number) {
    const std::string text = "cardmux simulated card " + std::to_string(serial_number);
    Bytes digest(32);
    std::size_t size = 0;
    EVP_Q_digest(library.get(), "SHA256", nullptr, text.data(), text.size(), digest.data(), &size);
    digest.resize(guid_size);
    digest[6] = static_cast<std::uint8_t>((digest[6] & 0x0F) | 0x80);
    digest[8] = static_cast<std::uint8_t>((digest[8] & 0x3F) | 0x80);
    return digest;
}

/// SP 800-73-4 part 1, table 9. The FASC-N is the one of cards outside the federal system (all
/// nines in agency and system), so that readers take the GUID as the card's identity.
Bytes chuid(ByteView guid) {
    constexpr std::array<std::uint8_t, 25> fasc_n = {
        0xD4, 0xE7, 0x39, 0xDA, 0x73, 0x9C, 0xED, 0x39, 0xCE, 0x73, 0x9D, 0x83, 0x68,
        0x58, 0x21, 0x08, 0x42, 0x10, 0x84, 0x21, 0xC8, 0x42, 0x10, 0xC3, 0xEB};
    return TlvWriter()
        .add(0x30, fasc_n)
        .add(0x34, guid)
        .add(0x35, bytes_of("20491231"))
        .add(0x3E, {})
        .add(piv::tag_error_detection, {})
        .take();
}

/// Part 1, table 8: the card identifier is the GUID's end behind an issuer of all zeros; the rest
/// says "PIV, no further files".
Bytes capability_container(ByteView guid) {
    Bytes identifier = {0xA0, 0x00, 0x00, 0x01, 0x16, 0xFF, 0x02};
    append(identifier, guid.last(14));
    TlvWriter writer;
    writer.add(0xF0, identifier).add_byte(0xF1, 0x21).add_byte(0xF2, 0x21).add(0xF3, {});
    writer.add_byte(0xF4, 0x00).add_byte(0xF5, 0x10).add(0xF6, {}).add(0xF7, {});
    writer.add(0xFA, {}).add(0xFB, {}).add(0xFC, {}).add(0xFD, {});
    return writer.add(piv::tag_error_detection, {}).take();
}

/// Part 1, section 3.3.2: the application's own PIN and no other.
Bytes discovery() {
    const Bytes pin_usage = {0x40, 0x00};
    return TlvWriter().add(0x4F, piv::application_id).add(0x5F2F, pin_usage).take();
}

Result<void> add_keys(const CryptoLibrary& library, const PivCardOptions& options,
                      PivMemory& memory) {
    const std::uint32_t key_set = options.key_set != 0 ? options.key_set : options.serial_number;
    for (const SlotFacts& facts : slot_facts) {
        const KeyAlgorithm algorithm = facts.slot == piv::key_signature
                                           ? options.signature_key_algorithm
                                           : options.key_algorithm;
        CARDMUX_TRY_ASSIGN(PrivateKey key, key_for(library, algorithm, key_set, facts.slot));
        const CertificateText text{
            .common_name =
                options.name + " " + std::to_string(options.serial_number) + " " + facts.purpose,
            .serial_number = options.serial_number * 256ULL + facts.slot,
            .can_encrypt = facts.slot == piv::key_key_management};
        CARDMUX_TRY_ASSIGN(const Bytes certificate, self_signed_certificate(library, key, text));
        memory.objects[facts.certificate] = TlvWriter()
                                                .add(piv::tag_certificate, certificate)
                                                .add_byte(piv::tag_certificate_info, 0x00)
                                                .add(piv::tag_error_detection, {})
                                                .take();
        memory.keys.insert_or_assign(
            facts.slot, StoredKey{.key = std::move(key), .pin_policy = facts.pin_policy});
    }
    return success();
}

Result<void> check(const PivCardOptions& options) {
    const auto is_count = [](int tries) { return tries >= 1 && tries <= 15; };
    if (!has_size(options.pin, 6, 8)) return refuse("simulated card's PIN: 6 to 8 characters");
    if (!has_size(options.puk, 6, 8)) return refuse("simulated card's PUK: 6 to 8 characters");
    if (!is_count(options.pin_tries) || !is_count(options.puk_tries)) {
        return refuse("simulated card's tries: 1 to 15");
    }
    if (!options.guid.empty() && options.guid.size() != guid_size) {
        return refuse("simulated card's GUID: 16 bytes");
    }
    if (!options.management_key.empty() &&
        options.management_key.size() != management_key_size(options.management_algorithm)) {
        return refuse("simulated card's management key: the size of its algorithm");
    }
    return success();
}

}  // namespace

PinReference factory_pin(int tries) {
    return {.value = factory_pin_value, .tries_max = tries, .tries_left = tries};
}

PinReference factory_puk(int tries) {
    return {.value = factory_puk_value, .tries_max = tries, .tries_left = tries};
}

PivMemory factory_memory(std::uint32_t serial_number, const PivCardBehavior& behavior) {
    PivMemory memory{.serial_number = serial_number,
                     .pin = factory_pin(3),
                     .puk = factory_puk(3),
                     .management = default_management_key(ManagementAlgorithm::TripleDes)};
    if (behavior.has_discovery) memory.objects[piv::object_discovery] = discovery();
    return memory;
}

Result<PrivateKey> key_for(const CryptoLibrary& library, KeyAlgorithm algorithm,
                           std::uint32_t key_set, std::uint8_t slot) {
    if (!is_rsa(algorithm)) {
        const std::string seed =
            "cardmux test key " + std::to_string(key_set) + " " + std::to_string(slot);
        return PrivateKey::derive(library, algorithm, bytes_of(seed));
    }
    const std::size_t index = (key_set - std::size_t{1}) * slot_facts.size() + index_of(slot);
    const std::string_view pem =
        key_set == 0 ? std::string_view() : pem_block(test_keys_pem(algorithm), index);
    return pem.empty() ? PrivateKey::generate(library, algorithm) : test_key(library, pem);
}

Result<PivMemory> provision(const CryptoLibrary& library, const PivCardOptions& options) {
    CARDMUX_TRY(check(options));
    PivMemory memory = factory_memory(options.serial_number, options.behavior);
    memory.pin = factory_pin(options.pin_tries);
    memory.pin.value = options.pin;
    memory.pin.is_default = options.pin == factory_pin_value;
    memory.puk = factory_puk(options.puk_tries);
    memory.puk.value = options.puk;
    memory.puk.is_default = options.puk == factory_puk_value;
    memory.management = default_management_key(options.management_algorithm);
    memory.management_is_default =
        options.management_key.empty() || options.management_key == memory.management.key;
    if (!options.management_key.empty()) memory.management.key = options.management_key;

    if (!options.provisioned) return memory;
    const Bytes guid =
        options.guid.empty() ? guid_for(library, options.serial_number) : options.guid;
    memory.objects[piv::object_chuid] = chuid(guid);
    memory.objects[piv::object_capability_container] = capability_container(guid);
    CARDMUX_TRY(add_keys(library, options, memory));
    return memory;
}

}  // namespace cardmux::simulation

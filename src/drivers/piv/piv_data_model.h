// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Numbers of the PIV card application, each with its place in the standard: P1 and P2 are NIST SP
// 800-73-4 part 1 and part 2, 78 is SP 800-78-4. Yubico's are from developers.yubico.com/PIV.
#pragma once

#include <array>
#include <cstdint>

#include "drivers/card_driver.h"

namespace cardmux::drivers::piv {

/// P1 2.2. The last two bytes are the version; the name may be selected without them (P2 3.1.1).
constexpr std::array<std::uint8_t, 11> application_id = {0xA0, 0x00, 0x00, 0x03, 0x08, 0x00,
                                                         0x00, 0x10, 0x00, 0x01, 0x00};
constexpr std::size_t application_id_truncated_size = 9;

/// Other applications that some card has. Selecting one takes authority away from PIV (P2 3.1.1):
/// the issuer's security domain under its two usual names (GlobalPlatform), Yubico's management,
/// OpenPGP, FIDO.
struct ApplicationName {
    std::array<std::uint8_t, 8> bytes;
    std::size_t size;
    ByteView view() const { return ByteView(bytes).first(size); }
};
constexpr std::array<ApplicationName, 5> other_applications = {{
    {{0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00, 0x00}, 8},
    {{0xA0, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00}, 8},
    {{0xA0, 0x00, 0x00, 0x05, 0x27, 0x47, 0x11, 0x17}, 8},
    {{0xD2, 0x76, 0x00, 0x01, 0x24, 0x01}, 6},
    {{0xA0, 0x00, 0x00, 0x06, 0x47, 0x2F, 0x00, 0x01}, 8},
}};

// Commands.
constexpr std::uint8_t ins_verify = 0x20;                // P2 3.2.1
constexpr std::uint8_t ins_general_authenticate = 0x87;  // P2 3.2.4
constexpr std::uint8_t ins_select = 0xA4;                // P2 3.1.1
constexpr std::uint8_t ins_get_data = 0xCB;              // P2 3.1.2
constexpr std::uint8_t ins_generate_key = 0x47;          // P2 3.3.2
constexpr std::uint8_t ins_put_data = 0xDB;              // P2 3.3.1
constexpr std::uint8_t ins_yubico_move_key = 0xF6;       // Yubico MOVE KEY, from version 5.7
constexpr std::uint8_t ins_yubico_import_key = 0xFE;     // Yubico IMPORT ASYMMETRIC KEY
constexpr std::uint8_t ins_yubico_metadata = 0xF7;       // Yubico GET METADATA
constexpr std::uint8_t ins_yubico_serial = 0xF8;         // Yubico GET SERIAL
constexpr std::uint8_t ins_yubico_version = 0xFD;        // Yubico GET VERSION

// PINs.
constexpr std::uint8_t reference_global_pin = 0x00;       // P1 table 4b
constexpr std::uint8_t reference_application_pin = 0x80;  // P1 table 4b
constexpr std::uint8_t p1_reset_authority = 0xFF;         // P2 3.2.1
constexpr std::size_t pin_size_min = 6;                   // P2 2.4.3
constexpr std::size_t pin_size_max = 8;                   // P2 2.4.3
constexpr std::uint8_t pin_padding = 0xFF;                // P2 2.4.3

// Objects.
constexpr std::uint32_t object_discovery = 0x7E;  // P1 3.3.2
constexpr std::uint32_t object_chuid = 0x5FC102;  // P1 3.1.2

constexpr std::uint32_t object_printed = 0x5FC109;  // P1 3.1.6; read with the PIN only
/// Yubico's: what its tools note of the management key.
constexpr std::uint32_t object_yubico_admin = 0x5FFF00;
/// Ours, on Yubico's cards, which keep any object 5Fxxxx ("CM").
constexpr std::uint32_t object_container_names = 0x5F434D;

// Tags of GET DATA and PUT DATA.
constexpr std::uint32_t tag_object_name = 0x5C;  // P2 3.1.2
constexpr std::uint32_t tag_object_data = 0x53;  // P2 3.1.2

// Tags inside objects.
constexpr std::uint32_t tag_application_id = 0x4F;     // P1 3.3.2
constexpr std::uint32_t tag_pin_usage = 0x5F2F;        // P1 3.3.2
constexpr std::uint8_t global_pin_usable = 0x20;       // P1 3.3.2, first byte
constexpr std::uint8_t global_pin_is_primary = 0x20;   // P1 3.3.2, second byte
constexpr std::uint32_t tag_fasc_n = 0x30;             // P1 table 9
constexpr std::uint32_t tag_guid = 0x34;               // P1 table 9
constexpr std::size_t guid_size = 16;                  // P1 3.4.1
constexpr std::size_t fasc_n_size = 25;                // P1 3.1.2
constexpr std::uint32_t tag_certificate = 0x70;        // P1 table 10
constexpr std::uint32_t tag_certificate_info = 0x71;   // P1 table 10
constexpr std::uint8_t certificate_compressed = 0x01;  // P1 appendix A, CertInfo
constexpr std::uint32_t tag_error_detection = 0xFE;    // P1 table 10
// Yubico's, as its tools write them (yubikey-manager, "PIV pivman objects").
constexpr std::uint32_t tag_admin_data = 0x80;
constexpr std::uint32_t tag_admin_flags = 0x81;
constexpr std::uint8_t management_key_is_protected = 0x02;
constexpr std::uint32_t tag_protected_data = 0x88;
constexpr std::uint32_t tag_protected_management_key = 0x89;

// Tags of GENERAL AUTHENTICATE.
constexpr std::uint32_t tag_authentication = 0x7C;  // P2 table 7
constexpr std::uint32_t tag_witness = 0x80;         // P2 table 7
constexpr std::uint32_t tag_challenge = 0x81;       // P2 table 7
constexpr std::uint32_t tag_response = 0x82;        // P2 table 7
constexpr std::uint32_t tag_exponentiation = 0x85;  // P2 table 7

// Tags of GENERATE ASYMMETRIC KEY PAIR, P2 table 10.
constexpr std::uint32_t tag_key_template = 0xAC;
constexpr std::uint32_t tag_mechanism = 0x80;

// Tags of a public key, P2 table 11.
constexpr std::uint32_t tag_public_key = 0x7F49;
constexpr std::uint32_t tag_modulus = 0x81;
constexpr std::uint32_t tag_exponent = 0x82;
constexpr std::uint32_t tag_point = 0x86;

// Algorithms, 78 table 6-2.
constexpr std::uint8_t algorithm_rsa3072 = 0x05;
constexpr std::uint8_t algorithm_rsa1024 = 0x06;
constexpr std::uint8_t algorithm_rsa2048 = 0x07;
constexpr std::uint8_t algorithm_p256 = 0x11;
constexpr std::uint8_t algorithm_p384 = 0x14;
constexpr std::uint8_t algorithm_rsa4096 = 0x16;  // Yubico, from version 5.7

// Ciphers of the management key, 78 table 6-1.
constexpr std::uint8_t algorithm_triple_des = 0x03;
constexpr std::uint8_t algorithm_aes128 = 0x08;
constexpr std::uint8_t algorithm_aes192 = 0x0A;
constexpr std::uint8_t algorithm_aes256 = 0x0C;

// Tags of Yubico's GET METADATA.
constexpr std::uint32_t tag_metadata_algorithm = 0x01;
constexpr std::uint32_t tag_metadata_policy = 0x02;  // PIN policy, touch policy
constexpr std::uint32_t tag_metadata_public_key = 0x04;
constexpr std::uint32_t tag_metadata_is_default = 0x05;

/// One key with its certificate, and what it is for (P1 tables 2, 3 and 4b).
struct Slot {
    std::uint8_t key_reference;
    std::uint32_t certificate_object;
    PinPolicy pin_policy;
    bool signs;
    bool decrypts;
    bool derives;
};

/// In the order in which they are read.
constexpr std::array<Slot, 4> slots = {{
    {0x9A, 0x5FC105, PinPolicy::Once, true, true, false},
    {0x9C, 0x5FC10A, PinPolicy::Always, true, false, false},
    {0x9D, 0x5FC10B, PinPolicy::Once, false, true, true},
    {0x9E, 0x5FC101, PinPolicy::Never, true, false, false},
}};
constexpr std::uint8_t authentication_key = 0x9A;
constexpr std::uint8_t management_key = 0x9B;  // P1 table 4b
constexpr std::uint8_t signature_key = 0x9C;
constexpr std::uint8_t key_management_key = 0x9D;
constexpr std::uint8_t card_authentication_key = 0x9E;

constexpr std::uint8_t retired_key_first = 0x82;
constexpr std::uint8_t retired_key_last = 0x95;

constexpr bool is_retired_key(std::uint8_t reference) {
    return reference >= retired_key_first && reference <= retired_key_last;
}

/// The retired key management keys (P1 3.2.3). The standard has them decrypt and derive; on
/// Yubico's cards, where alone we use them, they sign as well.
constexpr Slot retired_slot(std::uint8_t reference) {
    return {reference, 0x5FC10DU + reference - retired_key_first, PinPolicy::Once, true, true,
            true};
}

/// None: no place for a key.
constexpr std::optional<Slot> slot_of(std::uint8_t reference) {
    for (const Slot& slot : slots)
        if (slot.key_reference == reference) return slot;
    if (is_retired_key(reference)) return retired_slot(reference);
    return std::nullopt;
}

}  // namespace cardmux::drivers::piv

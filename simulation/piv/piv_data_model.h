// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Numbers of the PIV card edge that the simulated card needs. SP 800-73-4: part 1 for objects and
// keys, part 2 for commands; SP 800-78-4 for algorithms. Yubico's: developers.yubico.com/PIV.
#pragma once

#include <array>
#include <cstdint>

namespace cardmux::simulation::piv {

// Commands (part 2, section 3; ISO 7816-4).
constexpr std::uint8_t ins_verify = 0x20;
constexpr std::uint8_t ins_change_reference_data = 0x24;
constexpr std::uint8_t ins_reset_retry_counter = 0x2C;
constexpr std::uint8_t ins_generate_key_pair = 0x47;
constexpr std::uint8_t ins_general_authenticate = 0x87;
constexpr std::uint8_t ins_select = 0xA4;
constexpr std::uint8_t ins_get_response = 0xC0;
constexpr std::uint8_t ins_get_data = 0xCB;
constexpr std::uint8_t ins_put_data = 0xDB;

// Yubico's commands.
constexpr std::uint8_t ins_move_key = 0xF6;
constexpr std::uint8_t ins_get_metadata = 0xF7;
constexpr std::uint8_t ins_get_serial = 0xF8;
constexpr std::uint8_t ins_set_pin_retries = 0xFA;
constexpr std::uint8_t ins_reset = 0xFB;
constexpr std::uint8_t ins_get_version = 0xFD;
constexpr std::uint8_t ins_import_key = 0xFE;
constexpr std::uint8_t ins_set_management_key = 0xFF;

constexpr std::uint8_t cla_chained = 0x10;

/// The application's name; the last two bytes are its version (part 1, section 2.2).
constexpr std::array<std::uint8_t, 11> application_id = {0xA0, 0x00, 0x00, 0x03, 0x08, 0x00,
                                                         0x00, 0x10, 0x00, 0x01, 0x00};
/// The registered provider's part of it, the shortest name by which it is selected.
constexpr std::size_t provider_id_size = 5;

// Keys and PINs (part 1, table 4b).
constexpr std::uint8_t key_authentication = 0x9A;
constexpr std::uint8_t key_management_9b = 0x9B;
constexpr std::uint8_t key_signature = 0x9C;
constexpr std::uint8_t key_key_management = 0x9D;
constexpr std::uint8_t key_card_authentication = 0x9E;
constexpr std::uint8_t key_retired_first = 0x82;
constexpr std::uint8_t key_retired_last = 0x95;
constexpr std::uint8_t reference_pin = 0x80;
constexpr std::uint8_t reference_puk = 0x81;

// Objects (part 1, table 3).
constexpr std::uint32_t object_discovery = 0x7E;
constexpr std::uint32_t object_biometric_group = 0x7F61;
constexpr std::uint32_t object_first = 0x5FC101;
constexpr std::uint32_t object_card_authentication_certificate = 0x5FC101;
constexpr std::uint32_t object_chuid = 0x5FC102;
constexpr std::uint32_t object_fingerprints = 0x5FC103;
constexpr std::uint32_t object_authentication_certificate = 0x5FC105;
constexpr std::uint32_t object_capability_container = 0x5FC107;
constexpr std::uint32_t object_facial_image = 0x5FC108;
constexpr std::uint32_t object_printed_information = 0x5FC109;
constexpr std::uint32_t object_signature_certificate = 0x5FC10A;
constexpr std::uint32_t object_key_management_certificate = 0x5FC10B;
constexpr std::uint32_t object_retired_certificate_first = 0x5FC10D;
constexpr std::uint32_t object_retired_certificate_last = 0x5FC120;
constexpr std::uint32_t object_iris_images = 0x5FC121;
constexpr std::uint32_t object_pairing_code = 0x5FC123;
constexpr std::uint32_t object_last = 0x5FC123;
/// Yubico's cards keep any object with such a name.
constexpr std::uint32_t object_yubico_first = 0x5F0000;
constexpr std::uint32_t object_yubico_last = 0x5FFFFF;

// Tags in commands and answers (part 2, sections 3.1 to 3.3).
constexpr std::uint32_t tag_object_name = 0x5C;
constexpr std::uint32_t tag_object_data = 0x53;
constexpr std::uint32_t tag_authentication = 0x7C;
constexpr std::uint32_t tag_witness = 0x80;
constexpr std::uint32_t tag_challenge = 0x81;
constexpr std::uint32_t tag_response = 0x82;
constexpr std::uint32_t tag_exponentiation = 0x85;
constexpr std::uint32_t tag_key_template = 0xAC;
constexpr std::uint32_t tag_algorithm = 0x80;
constexpr std::uint32_t tag_public_key = 0x7F49;
constexpr std::uint32_t tag_certificate = 0x70;
constexpr std::uint32_t tag_certificate_info = 0x71;
constexpr std::uint32_t tag_error_detection = 0xFE;
constexpr std::uint32_t tag_pin_policy = 0xAA;    // Yubico
constexpr std::uint32_t tag_touch_policy = 0xAB;  // Yubico

constexpr bool is_asymmetric_key(std::uint8_t reference) {
    return reference == key_authentication || reference == key_signature ||
           reference == key_key_management || reference == key_card_authentication ||
           (reference >= key_retired_first && reference <= key_retired_last);
}

constexpr bool is_certificate(std::uint32_t object) {
    return object == object_authentication_certificate || object == object_signature_certificate ||
           object == object_key_management_certificate ||
           object == object_card_authentication_certificate ||
           (object >= object_retired_certificate_first &&
            object <= object_retired_certificate_last);
}

/// Objects that are read with the PIN only (part 1, table 2).
constexpr bool needs_pin_to_read(std::uint32_t object) {
    return object == object_fingerprints || object == object_facial_image ||
           object == object_printed_information || object == object_iris_images ||
           object == object_pairing_code;
}

}  // namespace cardmux::simulation::piv

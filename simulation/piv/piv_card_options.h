// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a simulated PIV card is like: who it is, what is on it when it is new, and how it differs
// from other cards. All have defaults; set what the test is about.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "simulation/time_profile.h"

namespace cardmux::simulation {

/// Asymmetric algorithms, by the card's own numbers (SP 800-78-4 table 6-2; RSA 4096: Yubico).
enum class KeyAlgorithm : std::uint8_t {
    Rsa3072 = 0x05,
    Rsa2048 = 0x07,
    P256 = 0x11,
    P384 = 0x14,
    Rsa4096 = 0x16,
};

/// Block ciphers of the management key, likewise.
enum class ManagementAlgorithm : std::uint8_t {
    TripleDes = 0x03,
    Aes128 = 0x08,
    Aes192 = 0x0A,
    Aes256 = 0x0C,
};

/// How cards differ. The defaults are those of a card that follows the
/// standard.
struct PivCardBehavior {
    bool extended_length = true;  ///< false: short APDUs and chaining only, others get 6700
    /// Answers of more than 256 bytes come with 61xx even where the command was of extended length.
    bool answers_61_always = false;
    bool has_logout = true;                 ///< VERIFY with P1=FF
    std::uint16_t logout_refusal = 0x6A86;  ///< the status word without it: 6A86 or 6B00
    bool select_drops_authority = false;    ///< selecting PIV again forgets the PIN
    bool keeps_authority = false;           ///< over a reset and a power cycle, too
    bool has_discovery = true;              ///< the Discovery Object can be read
    bool yubico = false;                    ///< Yubico's commands, names and version 5.4.3
    bool yubico_metadata = true;            ///< false: as before 5.3, no GET METADATA
    bool yubico_deletes_keys = false;       ///< as from 5.7: MOVE KEY, which deletes as well
};

struct PivCardOptions {
    std::string name = "Cardmux simulated card";  ///< in the certificates' common names
    std::uint32_t serial_number =
        1;         ///< Yubico's serial; keys and GUID of a new card follow from it
    Bytes guid{};  ///< 16 bytes, in the CHUID; empty: from the serial number

    std::string pin = "123456";    ///< 6 to 8 characters
    std::string puk = "12345678";  ///< 8 characters, Yubico 6 to 8
    int pin_tries = 3;             ///< 1..15
    int puk_tries = 3;
    ManagementAlgorithm management_algorithm = ManagementAlgorithm::TripleDes;
    Bytes management_key{};  ///< empty: 01..08 repeated to the size that the algorithm wants

    bool provisioned = true;  ///< keys and certificates in 9A, 9C, 9D, 9E; false: none
    KeyAlgorithm key_algorithm = KeyAlgorithm::Rsa2048;         ///< of 9A, 9D, 9E
    KeyAlgorithm signature_key_algorithm = KeyAlgorithm::P256;  ///< of 9C
    /// Cards with this number in common have the same keys (a pool); 0: keys follow from the serial
    /// number.
    std::uint32_t key_set = 0;

    PivCardBehavior behavior{};
    TimeProfile time_profile{};
    /// Keeps all that the card remembers, counters included, in this file. It is made if it is not
    /// there; if it is, it says what is on the card. Empty: the card forgets.
    std::string state_file{};
};

}  // namespace cardmux::simulation

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The inside of a simulated PIV card: what it remembers without power (PivMemory), what it knows
// until the next reset (PivSession), and what the command in progress does (PivEffects). The
// commands, one file a subject, are functions on it. No APDU lengths here (command_assembly.h), no
// threads, no time (simulated_piv_card.h).
#pragma once

#include <map>
#include <optional>

#include "iso7816/apdu.h"
#include "simulation/piv/block_cipher.h"
#include "simulation/piv/piv_card_options.h"
#include "simulation/piv/private_key.h"

namespace cardmux::simulation {

/// When a key wants the PIN. Numbers as Yubico's.
enum class KeyPinPolicy : std::uint8_t { Never = 1, Once = 2, Always = 3 };

struct StoredKey {
    PrivateKey key;
    KeyPinPolicy pin_policy = KeyPinPolicy::Once;
    bool imported = false;
};

/// A PIN or PUK and its counter.
struct PinReference {
    std::string value;  ///< without padding
    int tries_max = 3;
    int tries_left = 3;
    bool is_default = true;
};

struct PivMemory {
    std::uint32_t serial_number = 0;
    PinReference pin;
    PinReference puk;
    ManagementKey management;
    bool management_is_default = true;
    /// By tag: what is inside 53; of 7E and 7F61 what is inside those.
    std::map<std::uint32_t, Bytes> objects{};
    std::map<std::uint8_t, StoredKey> keys{};
};

/// A challenge or witness that we gave out and that the next command has to answer.
struct PendingAuthentication {
    Bytes expected_response;
    bool is_mutual = false;
};

struct PivSession {
    bool piv_selected = false;
    bool pin_verified = false;
    bool pin_fresh = false;  ///< the command directly before was a VERIFY that succeeded
    bool manager_authenticated = false;
    std::optional<PendingAuthentication> pending;
};

/// What one command did, for its time, the statistics and the state file.
struct PivEffects {
    TimedCommand timed = TimedCommand::Other;
    bool used_private_key = false;
    bool pin_presented = false;
    bool pin_wrong = false;
    bool selected = false;
    bool memory_changed = false;
};

struct PivCard {
    const PivCardOptions& options;
    const CryptoLibrary& library;
    PivMemory memory;
    PivSession session;
    PivEffects effects;
};

/// Carries out one whole command (chained parts joined) and leaves in `card.effects` what it did.
/// Never fails: bad input gets a status word.
iso7816::ResponseApdu process(PivCard& card, const iso7816::CommandApdu& command);

inline iso7816::ResponseApdu answer(std::uint16_t status_word) {
    return {.data = {}, .status_word = status_word};
}
inline iso7816::ResponseApdu answer_with(Bytes data) {
    return {.data = std::move(data), .status_word = 0x9000};
}

// One function a command; those in brackets are Yubico's.
// piv_pin_commands.cpp
iso7816::ResponseApdu verify(PivCard& card, const iso7816::CommandApdu& command);
iso7816::ResponseApdu change_reference_data(PivCard& card, const iso7816::CommandApdu& command);
iso7816::ResponseApdu reset_retry_counter(PivCard& card, const iso7816::CommandApdu& command);
// piv_object_commands.cpp
iso7816::ResponseApdu get_data(PivCard& card, const iso7816::CommandApdu& command);
iso7816::ResponseApdu put_data(PivCard& card, const iso7816::CommandApdu& command);
// piv_key_commands.cpp; `fresh_pin`: the command directly before verified the PIN
iso7816::ResponseApdu use_private_key(PivCard& card, const iso7816::CommandApdu& command,
                                      bool fresh_pin);
iso7816::ResponseApdu generate_key_pair(PivCard& card, const iso7816::CommandApdu& command);
iso7816::ResponseApdu import_key(PivCard& card, const iso7816::CommandApdu& command);
// piv_management_commands.cpp; `pending`: what the command directly before asked for
iso7816::ResponseApdu authenticate_manager(PivCard& card, const iso7816::CommandApdu& command,
                                           const std::optional<PendingAuthentication>& pending);
// piv_yubico_commands.cpp: GET VERSION, GET SERIAL, GET METADATA, SET PIN RETRIES, RESET,
// SET MANAGEMENT KEY, MOVE KEY; 6D00 for what it does not know
iso7816::ResponseApdu yubico_command(PivCard& card, const iso7816::CommandApdu& command);

}  // namespace cardmux::simulation

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The one-line description of a simulated world, as CARDMUX_SIMULATE takes it: words with commas
// between them, in any order, none of them needed.
//
//   fixed:10ms,cards=2,key=rsa2048,no-logout
//
//   instant | fixed:10ms | yubikey5 | certum | nitrokey3    how fast the cards are (instant)
//   cards=N           cards, each in a reader of its own, 0 to 64 (1)
//   readers=N         readers, the last ones empty (as many as cards)
//   key=ALGORITHM     of all four keys: rsa2048, rsa3072, rsa4096, p256, p384 (rsa2048; 9C: p256)
//   signkey=ALGORITHM of the key in 9C
//   pin=PIN  puk=PUK  tries=N          (123456, 12345678, 3)
//   serial=N          of the first card, the next ones count on (1)
//   state=FILE        cards keep what they remember in FILE, FILE.2, FILE.3 ...; no comma in it
//   shared-keys       all cards have the same keys
//   empty             no keys, no certificates
//   yubico            answers as a YubiKey with version 5.4.3 does; plain: it does not (plain)
//   no-logout         VERIFY with P1=FF is refused with 6A86; no-logout=6B00: with that word
//   chaining-only     no commands of extended length
//   61xx              long answers in parts, even to commands of extended length
//   select-drops-authority             selecting PIV again forgets the PIN
//   keeps-authority   a reset does not make it forget the PIN
//   no-discovery      no Discovery Object
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/simulated_piv_card.h"
#include "simulation/simulated_transport.h"

namespace cardmux::simulation {

struct SimulationSpec {
    PivCardOptions card;  ///< of the first one
    int cards = 1;
    int readers = 1;  ///< as many as cards at least
    bool shared_keys = false;
};

/// errors    InvalidArgument: `problem` names the word and what is allowed
Result<SimulationSpec> parse_simulation_spec(std::string_view text, std::string& problem);

/// Applies one of the words above that concern a single card (all but cards, readers, shared-keys).
///
/// errors    InvalidArgument: as above
Result<void> apply_card_word(PivCardOptions& card, std::string_view word, std::string& problem);

/// The options of card number `index`, from 0.
PivCardOptions card_options(const SimulationSpec& spec, int index);

struct Simulation {
    std::shared_ptr<SimulatedTransport> transport;
    std::vector<std::shared_ptr<SimulatedPivCard>> cards;
    std::vector<std::string> readers;  ///< card i is in reader i
};

/// Makes the cards and puts them into their readers.
///
/// errors    those of SimulatedPivCard::create; `problem` says which card and what is wrong
Result<Simulation> build_simulation(const SimulationSpec& spec, std::string& problem);

}  // namespace cardmux::simulation

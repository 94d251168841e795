// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// For tests of the simulated card: sends commands byte by byte as the standard writes them, and
// checks what the card computes with the public key of its certificate. Knows nothing of Cardmux's
// driver.
#pragma once

#include <memory>
#include <string>

#include "iso7816/apdu.h"
#include "simulation/simulated_piv_card.h"

struct evp_pkey_st;

namespace cardmux::simulation {

struct Answer {
    Bytes data;
    std::uint16_t word = 0;
    bool operator==(const Answer&) const = default;
};

class CardTestUser {
  public:
    explicit CardTestUser(PivCardOptions options = {});

    SimulatedPivCard& card() { return *card_; }

    /// One APDU, given in hexadecimal.
    Answer send(const std::string& hex);
    Answer send(ByteView apdu);
    /// A whole command of extended length; collects what comes with 61xx.
    Answer extended(std::uint8_t ins, std::uint8_t p1, std::uint8_t p2, ByteView data);
    /// The same in short APDUs, chained.
    Answer chained(std::uint8_t ins, std::uint8_t p1, std::uint8_t p2, ByteView data);

    Answer select();
    Answer verify(const std::string& pin = "123456");
    Answer get_object(std::uint32_t tag);
    Answer put_object(std::uint32_t tag, ByteView content);
    /// GENERAL AUTHENTICATE with 7C {82 empty, `tag` input}; the content of 82 comes back.
    Answer use_key(KeyAlgorithm algorithm, std::uint8_t slot, std::uint8_t tag, ByteView input);
    /// Mutual authentication with the default 3DES key.
    Answer authenticate_manager();

  private:
    std::shared_ptr<SimulatedPivCard> card_;
};

using PublicKey = std::shared_ptr<evp_pkey_st>;
/// Null if `der` is no certificate.
PublicKey public_key_of_certificate(ByteView der);
/// From the content of 7F49.
PublicKey public_key_of_template(ByteView content);
/// block = signature^e mod n, for RSA.
Bytes raw_public_operation(const PublicKey& key, ByteView signature);
bool verifies(const PublicKey& key, ByteView hash, ByteView der_signature);

/// Fills a block as RSASSA-PKCS1-v1_5 does, with recognisable content: below the modulus.
Bytes some_block(std::size_t size);

}  // namespace cardmux::simulation

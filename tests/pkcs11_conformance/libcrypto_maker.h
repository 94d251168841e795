// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Keys and certificates to write onto a card, made by libcrypto.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace conformance {

using Bytes = std::vector<unsigned char>;

/// A key outside of any card.
struct LooseKey {
    Bytes public_key_info;                   ///< SubjectPublicKeyInfo, DER
    std::map<std::string, Bytes> numbers{};  ///< big-endian, by libcrypto's names ("rsa-factor1")
    Bytes point{};                           ///< of an EC key: 04 X Y
};

LooseKey make_rsa_key(unsigned bits, unsigned exponent = 65537);
/// curve    "P-256"
LooseKey make_ec_key(const char* curve);

struct MadeCertificate {
    Bytes der;
    Bytes subject;
    Bytes issuer;
    Bytes serial_number;  ///< INTEGER, DER
};

/// Certifies this public key (SubjectPublicKeyInfo, DER), by an authority of the moment.
MadeCertificate certify(const Bytes& public_key_info, const char* common_name = "on the card");

}  // namespace conformance

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// How the blobs of public and of private keys begin (bcrypt.h, BCRYPT_ECCKEY_BLOB; wincrypt.h,
// PUBLICKEYSTRUC with RSAPUBKEY).
#pragma once

#include <string_view>

#include "api/ksp/little_endian.h"
#include "api/ksp/outcome.h"
#include "crypto/public_key.h"

namespace cardmux::ksp {

enum class KeyHalf : std::uint8_t { Public, Private };

struct EccHeader {
    crypto::Curve curve = crypto::Curve::P256;
    bool derives = false;  ///< the blob says ECDH, not ECDSA
};

/// Magic and size; behind them are the point's coordinates, then a private key's number.
///
/// curve_name    NCRYPTBUFFER_ECC_CURVE_NAME, which a generic magic ("ECDP") needs; empty: none
/// errors    NTE_BAD_DATA: it ends early, or its size is not the curve's; NTE_NOT_SUPPORTED:
///           another magic, or another curve; NTE_INVALID_PARAMETER: a generic magic without a
///           curve, or one that is not the curve's
Outcome<EccHeader> read_ecc_header(StructureReader& reader, KeyHalf half,
                                   std::string_view curve_name);
/// Of a public key, with the curve's own magic ("ECS1").
void append_ecc_header(Bytes& blob, const EccHeader& header);

struct LegacyHeader {
    std::uint32_t bits = 0;
    ByteView exponent;  ///< little-endian, as all that follows
};

/// errors    NTE_BAD_DATA: it ends early, or is not of an RSA key's such half
Outcome<LegacyHeader> read_legacy_header(StructureReader& reader, KeyHalf half);
/// Of a public key, up to the length of its modulus.
void append_legacy_header(Bytes& blob, std::uint32_t bits);

constexpr std::size_t legacy_exponent_size = 4;
constexpr std::uint32_t magic_rsa_public = 0x31415352;   // RSA1
constexpr std::uint32_t magic_rsa_private = 0x32415352;  // RSA2: with primes

}  // namespace cardmux::ksp

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Public keys as values, and checking with them. The arithmetic is libcrypto's, in a library
// context of our own and without its key objects, so that a program whose OpenSSL is set up to load
// us cannot recurse into us (library_context_openssl.h); on Windows it is BCrypt's and our own
// (public_operation_windows.cpp).
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "base/bytes.h"

namespace cardmux::crypto {

enum class HashAlgorithm : std::uint8_t { Sha1, Sha224, Sha256, Sha384, Sha512 };

/// 20, 28, 32, 48 or 64 bytes.
std::size_t hash_size(HashAlgorithm algorithm);

struct RsaPublicKey {
    Bytes modulus;   ///< big-endian, no leading zero byte
    Bytes exponent;  ///< big-endian, no leading zero byte
    bool operator==(const RsaPublicKey&) const = default;
};

enum class Curve : std::uint8_t { P256, P384 };

/// Bytes of one coordinate: 32 or 48.
std::size_t field_size(Curve curve);

struct EcPublicKey {
    Curve curve = Curve::P256;
    Bytes point;  ///< 04, X, Y: 1 + 2 * field_size bytes, big-endian
    bool operator==(const EcPublicKey&) const = default;
};

using PublicKey = std::variant<RsaPublicKey, EcPublicKey>;

/// What kind of key to make.
struct RsaKind {
    std::size_t bits = 2048;
    bool operator==(const RsaKind&) const = default;
};
using KeyKind = std::variant<RsaKind, Curve>;

KeyKind kind_of(const PublicKey& key);

/// Modulus size, or field size times eight.
std::size_t key_bits(const PublicKey& key);

/// Whether the numbers can be a key at all: both odd, no leading zero byte, a modulus of 512 to
/// 16384 bits, an exponent of 3 to 2^256. Not whether it is a safe one.
bool is_usable(const RsaPublicKey& key);

/// SubjectPublicKeyInfo, DER (RFC 5280, section 4.1.2.7).
///
/// errors    DataInvalid: a point off the curve, an impossible modulus
Result<Bytes> encode_public_key_info(const PublicKey& key);

/// errors    CardDataMalformed: no such structure, or no possible key; NotSupported: another
///           algorithm or curve
Result<PublicKey> parse_public_key_info(ByteView der);

/// The raw RSA operation with the public key: input^e mod n, modulus-size bytes, big-endian.
///
/// errors    DataInvalid: the key cannot be used, or the input is not modulus-size bytes below it;
///           Internal
Result<Bytes> rsa_public_operation(const RsaPublicKey& key, ByteView input);

/// Whether the raw RSA operation result^e mod n gives `block`. Both modulus-size bytes, big-endian.
///
/// errors    DataInvalid: the key cannot be used; Internal
Result<bool> rsa_result_fits(const RsaPublicKey& key, ByteView block, ByteView result);

/// Whether `signature` (r and s joined, each field_size bytes, big-endian) signs `hash` (any
/// length; the leftmost field-size bytes count).
///
/// errors    DataInvalid: the key cannot be used; Internal, SystemFailed
Result<bool> ecdsa_signature_fits(const EcPublicKey& key, ByteView hash, ByteView signature);

/// DER (SEQUENCE of two INTEGERs) to r and s joined, each field_size bytes.
///
/// errors    CardDataMalformed
Result<Bytes> ecdsa_from_der(ByteView der, Curve curve);
/// errors    DataSizeInvalid: not twice the field size
Result<Bytes> ecdsa_to_der(ByteView joined, Curve curve);

}  // namespace cardmux::crypto

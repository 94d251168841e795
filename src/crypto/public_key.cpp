// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/public_key.h"

#include <bit>

#include "crypto/curve.h"
#include "crypto/der.h"

namespace cardmux::crypto {
namespace {

constexpr std::size_t modulus_size_min = 64;
constexpr std::size_t modulus_size_max = 2048;
/// FIPS 186-5, A.1.1: an exponent is below 2^256. A larger one only costs time.
constexpr std::size_t exponent_size_max = 32;

// Object identifiers, content octets: RFC 3279 section 2.3.1, RFC 5480 section 2.1.1.
constexpr std::uint8_t oid_rsa_encryption[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                               0x0d, 0x01, 0x01, 0x01};
constexpr std::uint8_t oid_ec_public_key[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
constexpr std::uint8_t oid_p256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
constexpr std::uint8_t oid_p384[] = {0x2b, 0x81, 0x04, 0x00, 0x22};

ByteView oid_of(Curve curve) {
    return curve == Curve::P256 ? ByteView(oid_p256) : ByteView(oid_p384);
}

Error key_unusable() {
    return Error(ErrorCode::DataInvalid, "use public key");
}
Error malformed() {
    return Error(ErrorCode::CardDataMalformed, "parse public key");
}
Error not_supported() {
    return Error(ErrorCode::NotSupported, "parse public key");
}

bool is_normal_number(ByteView bytes) {
    return !bytes.empty() && bytes[0] != 0;
}

Bytes key_info(ByteView algorithm, ByteView key) {
    Bytes bits{0};
    append(bits, key);
    Bytes content;
    der::append_element(content, der::sequence, algorithm);
    der::append_element(content, der::bit_string, bits);
    Bytes whole;
    der::append_element(whole, der::sequence, content);
    return whole;
}

Result<Bytes> encode(const RsaPublicKey& key) {
    if (!is_usable(key)) return key_unusable();
    Bytes algorithm;
    der::append_element(algorithm, der::object_identifier, oid_rsa_encryption);
    der::append_element(algorithm, der::null, {});
    Bytes numbers;
    der::append_unsigned(numbers, key.modulus);
    der::append_unsigned(numbers, key.exponent);
    Bytes sequence;
    der::append_element(sequence, der::sequence, numbers);
    return key_info(algorithm, sequence);
}

Result<Bytes> encode(const EcPublicKey& key) {
    const bool is_uncompressed =
        key.point.size() == 1 + 2 * field_size(key.curve) && key.point[0] == 0x04;
    if (!is_uncompressed || !uncompressed_point(key.curve, key.point).ok()) return key_unusable();
    Bytes algorithm;
    der::append_element(algorithm, der::object_identifier, oid_ec_public_key);
    der::append_element(algorithm, der::object_identifier, oid_of(key.curve));
    return key_info(algorithm, key.point);
}

Result<PublicKey> parse_rsa(der::Reader parameters, ByteView bits) {
    if (!parameters.at_end()) {  // NULL; some leave it out
        CARDMUX_TRY_ASSIGN(const der::Element null, parameters.next(der::null));
        if (!null.content.empty()) return malformed();
    }
    CARDMUX_TRY(parameters.end());
    der::Reader outer(bits);
    CARDMUX_TRY_ASSIGN(der::Reader numbers, outer.enter(der::sequence));
    CARDMUX_TRY(outer.end());
    CARDMUX_TRY_ASSIGN(const ByteView modulus, numbers.positive_integer());
    CARDMUX_TRY_ASSIGN(const ByteView exponent, numbers.positive_integer());
    CARDMUX_TRY(numbers.end());
    const RsaPublicKey key{to_bytes(modulus), to_bytes(exponent)};
    if (!is_usable(key)) return malformed();
    return PublicKey(key);
}

Result<PublicKey> parse_ec(der::Reader parameters, ByteView bits) {
    // Anything but a name (explicit parameters, RFC 3279) is not supported on purpose.
    if (!parameters.next_is(der::object_identifier)) return not_supported();
    CARDMUX_TRY_ASSIGN(const der::Element name, parameters.next());
    CARDMUX_TRY(parameters.end());
    for (const Curve curve : {Curve::P256, Curve::P384}) {
        if (!equal(name.content, oid_of(curve))) continue;
        CARDMUX_TRY_ASSIGN(Bytes point, uncompressed_point(curve, bits));
        return PublicKey(EcPublicKey{curve, std::move(point)});
    }
    return not_supported();
}

}  // namespace

std::size_t hash_size(HashAlgorithm algorithm) {
    switch (algorithm) {
        case HashAlgorithm::Sha1:
            return 20;
        case HashAlgorithm::Sha224:
            return 28;
        case HashAlgorithm::Sha256:
            return 32;
        case HashAlgorithm::Sha384:
            return 48;
        case HashAlgorithm::Sha512:
            return 64;
    }
    return 0;
}

std::size_t field_size(Curve curve) {
    return curve == Curve::P256 ? 32 : 48;
}

KeyKind kind_of(const PublicKey& key) {
    if (const auto* ec = std::get_if<EcPublicKey>(&key)) return ec->curve;
    return RsaKind{key_bits(key)};
}

std::size_t key_bits(const PublicKey& key) {
    if (const auto* ec = std::get_if<EcPublicKey>(&key)) return field_size(ec->curve) * 8;
    const Bytes& modulus = std::get<RsaPublicKey>(key).modulus;
    if (modulus.empty()) return 0;
    return (modulus.size() - 1) * 8 + static_cast<std::size_t>(std::bit_width(modulus[0]));
}

bool is_usable(const RsaPublicKey& key) {
    const std::size_t size = key.modulus.size();
    return size >= modulus_size_min && size <= modulus_size_max && is_normal_number(key.modulus) &&
           (key.modulus.back() & 1) == 1 && is_normal_number(key.exponent) &&
           key.exponent.size() <= exponent_size_max && (key.exponent.back() & 1) == 1 &&
           !(key.exponent.size() == 1 && key.exponent[0] == 1);
}

Result<Bytes> encode_public_key_info(const PublicKey& key) {
    return std::visit([](const auto& kind) { return encode(kind); }, key);
}

Result<PublicKey> parse_public_key_info(ByteView der) {
    der::Reader outer(der);
    CARDMUX_TRY_ASSIGN(der::Reader info, outer.enter(der::sequence));
    CARDMUX_TRY(outer.end());
    CARDMUX_TRY_ASSIGN(der::Reader algorithm, info.enter(der::sequence));
    CARDMUX_TRY_ASSIGN(const ByteView bits, info.whole_bit_string());
    CARDMUX_TRY(info.end());
    CARDMUX_TRY_ASSIGN(const der::Element name, algorithm.next(der::object_identifier));
    if (equal(name.content, oid_rsa_encryption)) return parse_rsa(algorithm, bits);
    if (equal(name.content, oid_ec_public_key)) return parse_ec(algorithm, bits);
    return not_supported();
}

}  // namespace cardmux::crypto

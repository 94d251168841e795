// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/writing/private_key_values.h"

#include "api/pkcs11/module/curve_parameters.h"
#include "crypto/der.h"

namespace cardmux::pkcs11 {
namespace {

using crypto::der::without_leading_zeros;

constexpr std::uint8_t the_exponent[] = {0x01, 0x00, 0x01};
constexpr std::uint8_t uncompressed = 0x04;

/// A number of this many bytes, zeros in front.
Outcome<SecretBytes> read_number(const ObjectTemplate& object, CK_ATTRIBUTE_TYPE type,
                                 std::size_t size) {
    CARDMUX_TRY_ASSIGN(const ByteView given, object.require(type));
    const ByteView digits = without_leading_zeros(given);
    if (digits.empty() || digits.size() > size) return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    Bytes whole(size - digits.size(), 0);
    whole.reserve(size);
    append(whole, digits);
    SecretBytes number(whole);
    wipe(whole);
    return number;
}

/// CKA_PUBLIC_KEY_INFO, which may say once more what the other attributes say.
Outcome<std::optional<crypto::PublicKey>> read_public_key_info(const ObjectTemplate& object) {
    const std::optional<ByteView> info = object.find(CKA_PUBLIC_KEY_INFO);
    if (!info || info->empty()) return std::optional<crypto::PublicKey>();
    auto key = crypto::parse_public_key_info(*info);
    if (!key) return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    return std::optional<crypto::PublicKey>(std::move(key).value());
}

Outcome<crypto::RsaPublicKey> read_rsa_public(const ObjectTemplate& object) {
    CARDMUX_TRY_ASSIGN(const ByteView modulus, object.require(CKA_MODULUS));
    CARDMUX_TRY_ASSIGN(const ByteView exponent, object.require(CKA_PUBLIC_EXPONENT));
    CARDMUX_TRY(check_exponent(exponent));
    crypto::RsaPublicKey key{to_bytes(without_leading_zeros(modulus)), to_bytes(the_exponent)};
    if (!is_rsa_size(crypto::key_bits(key)) || !crypto::is_usable(key))
        return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    CARDMUX_TRY_ASSIGN(const auto said, read_public_key_info(object));
    if (said && *said != crypto::PublicKey(key)) return refuse(CKR_TEMPLATE_INCONSISTENT);
    return key;
}

Outcome<crypto::PrivateKey> read_rsa(const ObjectTemplate& object) {
    crypto::RsaPrivateKey key;
    CARDMUX_TRY_ASSIGN(key.public_key, read_rsa_public(object));
    const std::size_t half = key.public_key.modulus.size() / 2;
    CARDMUX_TRY_ASSIGN(key.p, read_number(object, CKA_PRIME_1, half));
    CARDMUX_TRY_ASSIGN(key.q, read_number(object, CKA_PRIME_2, half));
    CARDMUX_TRY_ASSIGN(key.dp, read_number(object, CKA_EXPONENT_1, half));
    CARDMUX_TRY_ASSIGN(key.dq, read_number(object, CKA_EXPONENT_2, half));
    CARDMUX_TRY_ASSIGN(key.qinv, read_number(object, CKA_COEFFICIENT, half));
    return crypto::PrivateKey(std::move(key));
}

/// CKA_EC_POINT: an OCTET STRING around the point, or, as some programs have it, the point alone.
Outcome<Bytes> read_point(ByteView value, crypto::Curve curve) {
    crypto::der::Reader reader(value);
    const auto wrapped = reader.next(crypto::der::octet_string);
    const ByteView point = wrapped.ok() && reader.at_end() ? wrapped->content : value;
    if (point.size() != 1 + 2 * crypto::field_size(curve) || point[0] != uncompressed)
        return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    return to_bytes(point);
}

/// Without a point, if none is given.
Outcome<crypto::EcPublicKey> read_ec_public(const ObjectTemplate& object) {
    CARDMUX_TRY_ASSIGN(const ByteView parameters, object.require(CKA_EC_PARAMS));
    crypto::EcPublicKey key;
    CARDMUX_TRY_ASSIGN(key.curve, parse_curve_parameters(parameters));
    if (const auto point = object.find(CKA_EC_POINT)) {
        CARDMUX_TRY_ASSIGN(key.point, read_point(*point, key.curve));
    }
    CARDMUX_TRY_ASSIGN(const auto said, read_public_key_info(object));
    if (!said) return key;
    const auto* same = std::get_if<crypto::EcPublicKey>(&*said);
    const bool agrees = same != nullptr && same->curve == key.curve &&
                        (key.point.empty() || same->point == key.point);
    if (!agrees) return refuse(CKR_TEMPLATE_INCONSISTENT);
    return *same;
}

Outcome<crypto::PrivateKey> read_ec(const ObjectTemplate& object) {
    crypto::EcPrivateKey key;
    CARDMUX_TRY_ASSIGN(key.public_key, read_ec_public(object));
    CARDMUX_TRY_ASSIGN(key.scalar,
                       read_number(object, CKA_VALUE, crypto::field_size(key.public_key.curve)));
    return crypto::PrivateKey(std::move(key));
}

}  // namespace

bool is_rsa_size(std::size_t bits) {
    return bits == 2048 || bits == 3072 || bits == 4096;
}

Outcome<void> check_exponent(ByteView exponent) {
    if (equal(without_leading_zeros(exponent), the_exponent)) return done();
    return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
}

Outcome<crypto::PrivateKey> read_private_key(CK_KEY_TYPE type, const ObjectTemplate& object) {
    return type == CKK_RSA ? read_rsa(object) : read_ec(object);
}

}  // namespace cardmux::pkcs11

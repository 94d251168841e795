// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/private_blobs.h"

#include <algorithm>
#include <array>

#include "api/ksp/blob_headers.h"
#include "crypto/der.h"
#include "crypto/key_agreement.h"
#include "crypto/rsa_completion.h"

namespace cardmux::ksp {
namespace {

using crypto::Curve;
namespace der = crypto::der;

constexpr std::uint32_t magic_rsa_full = 0x33415352;  // RSA3: with all numbers

// RFC 8017, appendix A.1; RFC 5480, sections 2.1.1 and 2.1.1.1.
constexpr std::array<std::uint8_t, 9> oid_rsa = {0x2A, 0x86, 0x48, 0x86, 0xF7,
                                                 0x0D, 0x01, 0x01, 0x01};
constexpr std::array<std::uint8_t, 7> oid_ec = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01};
constexpr std::array<std::uint8_t, 8> oid_p256 = {0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
constexpr std::array<std::uint8_t, 5> oid_p384 = {0x2B, 0x81, 0x04, 0x00, 0x22};

Refusal bad_data() {
    return refuse(status::nte_bad_data);
}

/// Numbers of a key in the caller's memory; nothing of them is copied before they are known to fit.
Outcome<PrivateBlobKey> rsa_key(ByteView modulus, ByteView exponent, ByteView p, ByteView q) {
    const crypto::RsaPublicKey key{to_bytes(der::without_leading_zeros(modulus)),
                                   to_bytes(der::without_leading_zeros(exponent))};
    auto whole = crypto::complete_rsa_key(key, p, q);
    if (!whole) {
        if (whole.error().code == ErrorCode::DataInvalid)
            return Refusal(status::nte_bad_data, whole.error());
        return whole.error();
    }
    return PrivateBlobKey{std::move(whole).value(), std::nullopt};
}

Outcome<PrivateBlobKey> ec_key(Curve curve, ByteView point, ByteView scalar,
                               std::optional<bool> derives) {
    const bool is_zero = std::ranges::all_of(scalar, [](std::uint8_t byte) { return byte == 0; });
    auto checked = crypto::agreement_peer(curve, point);
    if (!checked) return Refusal(status::nte_bad_data, checked.error());
    if (is_zero || scalar.size() != crypto::field_size(curve)) return bad_data();
    return PrivateBlobKey{
        crypto::EcPrivateKey{{curve, std::move(checked).value()}, SecretBytes(scalar)}, derives};
}

Outcome<PrivateBlobKey> parse_rsa(ByteView blob, std::uint32_t wanted_magic) {
    StructureReader reader(blob);
    const std::uint32_t magic = reader.u32();
    const std::uint32_t bits = reader.u32();
    const std::uint32_t exponent_size = reader.u32();
    const std::uint32_t modulus_size = reader.u32();
    const std::uint32_t p_size = reader.u32();
    const std::uint32_t q_size = reader.u32();
    const ByteView exponent = reader.take(exponent_size);
    const ByteView modulus = reader.take(modulus_size);
    const ByteView p = reader.take(p_size);
    const ByteView q = reader.take(q_size);
    if (magic == magic_rsa_full) {
        for (const std::uint32_t size : {p_size, q_size, p_size, modulus_size}) reader.take(size);
    }
    if (!reader.ok() || magic != wanted_magic || !reader.rest().empty() ||
        bits != std::size_t{8} * modulus_size)
        return bad_data();
    return rsa_key(modulus, exponent, p, q);
}

Outcome<PrivateBlobKey> parse_ecc(ByteView blob, std::string_view curve_name) {
    StructureReader reader(blob);
    CARDMUX_TRY_ASSIGN(const EccHeader header,
                       read_ecc_header(reader, KeyHalf::Private, curve_name));
    const std::size_t size = crypto::field_size(header.curve);
    if (reader.rest().size() != 3 * size) return bad_data();
    Bytes point{0x04};
    append(point, reader.take(2 * size));
    return ec_key(header.curve, point, reader.rest(), header.derives);
}

/// Little-endian, as all of CryptoAPI.
Outcome<PrivateBlobKey> parse_legacy(ByteView blob) {
    StructureReader reader(blob);
    CARDMUX_TRY_ASSIGN(const LegacyHeader header, read_legacy_header(reader, KeyHalf::Private));
    const std::uint32_t bits = header.bits;
    if (bits % 16 != 0) return bad_data();
    const ByteView modulus = reader.take(bits / 8);
    const ByteView p = reader.take(bits / 16);
    const ByteView q = reader.take(bits / 16);
    reader.take(std::size_t{3} * (bits / 16) + bits / 8);
    if (!reader.ok() || !reader.rest().empty()) return bad_data();
    const auto turned = [](ByteView number) {
        Bytes bytes(number.rbegin(), number.rend());
        SecretBytes secret(bytes);
        wipe(bytes);
        return secret;
    };
    return rsa_key(turned(modulus).view(), turned(header.exponent).view(), turned(p).view(),
                   turned(q).view());
}

// ---- PKCS #8 ------------------------------------------------------------------------------------

/// RSAPrivateKey (RFC 8017, appendix A.1.2): version, n, e, d, p, q ...
Outcome<PrivateBlobKey> parse_pkcs1(ByteView content) {
    der::Reader outer(content);
    CARDMUX_TRY_ASSIGN(der::Reader numbers, outer.enter(der::sequence));
    CARDMUX_TRY_ASSIGN(const der::Element version, numbers.next(der::integer));
    if (!equal(version.content, Bytes{0})) return refuse(status::nte_not_supported);  // more primes
    CARDMUX_TRY_ASSIGN(const ByteView modulus, numbers.positive_integer());
    CARDMUX_TRY_ASSIGN(const ByteView exponent, numbers.positive_integer());
    CARDMUX_TRY(numbers.positive_integer());
    CARDMUX_TRY_ASSIGN(const ByteView p, numbers.positive_integer());
    CARDMUX_TRY_ASSIGN(const ByteView q, numbers.positive_integer());
    return rsa_key(modulus, exponent, p, q);
}

/// ECPrivateKey (RFC 5915): version, the scalar, the curve again, the public point.
Outcome<PrivateBlobKey> parse_sec1(Curve curve, ByteView content) {
    constexpr std::uint8_t explicit_1 = 0xA1;
    der::Reader outer(content);
    CARDMUX_TRY_ASSIGN(der::Reader parts, outer.enter(der::sequence));
    CARDMUX_TRY(parts.next(der::integer));
    CARDMUX_TRY_ASSIGN(const der::Element scalar, parts.next(der::octet_string));
    if (parts.next_is(der::explicit_0)) CARDMUX_TRY(parts.next());
    if (!parts.next_is(explicit_1)) return refuse(status::nte_not_supported);
    CARDMUX_TRY_ASSIGN(der::Reader wrapped, parts.enter(explicit_1));
    CARDMUX_TRY_ASSIGN(const ByteView point, wrapped.whole_bit_string());
    return ec_key(curve, point, scalar.content, std::nullopt);
}

Outcome<PrivateBlobKey> parse_info(ByteView blob) {
    der::Reader outer(blob);
    CARDMUX_TRY_ASSIGN(der::Reader info, outer.enter(der::sequence));
    CARDMUX_TRY(outer.end());
    // EncryptedPrivateKeyInfo begins with the algorithm instead.
    if (info.next_is(der::sequence)) return refuse(status::nte_not_supported);
    CARDMUX_TRY(info.next(der::integer));
    CARDMUX_TRY_ASSIGN(der::Reader algorithm, info.enter(der::sequence));
    CARDMUX_TRY_ASSIGN(const der::Element oid, algorithm.next(der::object_identifier));
    CARDMUX_TRY_ASSIGN(const der::Element key, info.next(der::octet_string));
    if (equal(oid.content, oid_rsa)) return parse_pkcs1(key.content);
    if (!equal(oid.content, oid_ec)) return refuse(status::nte_not_supported);
    CARDMUX_TRY_ASSIGN(const der::Element curve, algorithm.next(der::object_identifier));
    if (equal(curve.content, oid_p256)) return parse_sec1(Curve::P256, key.content);
    if (equal(curve.content, oid_p384)) return parse_sec1(Curve::P384, key.content);
    return refuse(status::nte_not_supported);
}

Outcome<PrivateBlobKey> parse_pkcs8(ByteView blob) {
    auto parsed = parse_info(blob);
    const bool is_malformed = !parsed.ok() && parsed.error().cause &&
                              parsed.error().cause->code == ErrorCode::CardDataMalformed;
    if (is_malformed) return Refusal(status::nte_bad_data, *parsed.error().cause);
    return parsed;
}

}  // namespace

bool is_private_blob_type(const std::string& type) {
    constexpr std::array types = {"RSAPRIVATEBLOB", "RSAFULLPRIVATEBLOB", "ECCPRIVATEBLOB",
                                  "PRIVATEBLOB",    "CAPIPRIVATEBLOB",    "PKCS8_PRIVATEKEY",
                                  "OpaqueTransport"};
    return std::ranges::find(types, type) != types.end();
}

Outcome<PrivateBlobKey> parse_private_blob(const std::string& type, ByteView blob,
                                           std::string_view curve_name) {
    if (type == "RSAPRIVATEBLOB") return parse_rsa(blob, magic_rsa_private);
    if (type == "RSAFULLPRIVATEBLOB") return parse_rsa(blob, magic_rsa_full);
    if (type == "ECCPRIVATEBLOB") return parse_ecc(blob, curve_name);
    if (type == "CAPIPRIVATEBLOB") return parse_legacy(blob);
    if (type == "PKCS8_PRIVATEKEY") return parse_pkcs8(blob);
    if (type == "OpaqueTransport") return refuse(status::nte_not_supported);
    if (type != "PRIVATEBLOB") return refuse(status::nte_bad_type);
    const std::uint32_t magic = StructureReader(blob).u32();
    if (magic == magic_rsa_private || magic == magic_rsa_full) return parse_rsa(blob, magic);
    return parse_ecc(blob, curve_name);
}

}  // namespace cardmux::ksp

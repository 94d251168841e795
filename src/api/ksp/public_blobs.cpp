// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/public_blobs.h"

#include <algorithm>
#include <array>

#include "api/ksp/little_endian.h"
#include "api/ksp/private_blobs.h"
#include "crypto/key_agreement.h"

namespace cardmux::ksp {
namespace {

using crypto::Curve;
using crypto::EcPublicKey;
using crypto::RsaPublicKey;

constexpr std::uint32_t magic_rsa_public = 0x31415352;  // "RSA1"

struct CurveMagic {
    std::uint32_t magic;
    Curve curve;
    bool derives;
};

constexpr std::array<CurveMagic, 4> curve_magics = {{
    {0x31534345, Curve::P256, false},  // ECS1
    {0x33534345, Curve::P384, false},  // ECS3
    {0x314B4345, Curve::P256, true},   // ECK1
    {0x334B4345, Curve::P384, true},   // ECK3
}};

// PUBLICKEYSTRUC: bType, bVersion, two reserved bytes, aiKeyAlg.
constexpr std::uint32_t legacy_header = 0x00000206;               // PUBLICKEYBLOB, CUR_BLOB_VERSION
constexpr std::uint32_t legacy_algorithm = 0x0000A400;            // CALG_RSA_KEYX
constexpr std::uint32_t legacy_algorithm_signature = 0x00002400;  // CALG_RSA_SIGN
constexpr std::size_t legacy_exponent_size = 4;

constexpr const char* type_rsa = "RSAPUBLICBLOB";
constexpr const char* type_ecc = "ECCPUBLICBLOB";
constexpr const char* type_any = "PUBLICBLOB";
constexpr const char* type_legacy = "CAPIPUBLICBLOB";

Bytes rsa_blob(const RsaPublicKey& key) {
    Bytes blob;
    append_u32(blob, magic_rsa_public);
    append_u32(blob, static_cast<std::uint32_t>(crypto::key_bits(key)));
    append_u32(blob, static_cast<std::uint32_t>(key.exponent.size()));
    append_u32(blob, static_cast<std::uint32_t>(key.modulus.size()));
    append_u32(blob, 0);  // no primes
    append_u32(blob, 0);
    append(blob, key.exponent);
    append(blob, key.modulus);
    return blob;
}

Bytes ecc_blob(const EcPublicKey& key, bool derives) {
    const auto* magic = std::ranges::find_if(curve_magics, [&](const CurveMagic& candidate) {
        return candidate.curve == key.curve && candidate.derives == derives;
    });
    Bytes blob;
    append_u32(blob, magic->magic);
    append_u32(blob, static_cast<std::uint32_t>(crypto::field_size(key.curve)));
    append(blob, ByteView(key.point).subspan(1));
    return blob;
}

Bytes reversed(ByteView bytes) {
    return {bytes.rbegin(), bytes.rend()};
}

Outcome<Bytes> legacy_blob(const RsaPublicKey& key) {
    if (key.exponent.size() > legacy_exponent_size) return refuse(status::nte_bad_key);
    Bytes blob;
    append_u32(blob, legacy_header);
    append_u32(blob, legacy_algorithm);
    append_u32(blob, magic_rsa_public);
    append_u32(blob, static_cast<std::uint32_t>(crypto::key_bits(key)));
    Bytes exponent = reversed(key.exponent);
    exponent.resize(legacy_exponent_size);
    append(blob, exponent);
    append(blob, reversed(key.modulus));
    return blob;
}

Outcome<BlobKey> usable(RsaPublicKey key, std::uint32_t bits) {
    if (!crypto::is_usable(key) || crypto::key_bits(key) != bits)
        return refuse(status::nte_bad_data);
    return BlobKey{std::move(key), false};
}

Bytes without_leading_zeros(ByteView number) {
    const auto first = std::ranges::find_if(number, [](std::uint8_t byte) { return byte != 0; });
    return {first, number.end()};
}

Outcome<BlobKey> parse_rsa(ByteView blob) {
    StructureReader reader(blob);
    const std::uint32_t magic = reader.u32();
    const std::uint32_t bits = reader.u32();
    const std::uint32_t exponent_size = reader.u32();
    const std::uint32_t modulus_size = reader.u32();
    reader.take(8);  // the sizes of the primes, which a public key has not
    const ByteView exponent = reader.take(exponent_size);
    const ByteView modulus = reader.take(modulus_size);
    if (!reader.ok() || magic != magic_rsa_public || !reader.rest().empty())
        return refuse(status::nte_bad_data);
    return usable({without_leading_zeros(modulus), without_leading_zeros(exponent)}, bits);
}

Outcome<BlobKey> parse_ecc(ByteView blob) {
    StructureReader reader(blob);
    const std::uint32_t magic = reader.u32();
    const std::uint32_t size = reader.u32();
    const auto* known = std::ranges::find(curve_magics, magic, &CurveMagic::magic);
    if (!reader.ok()) return refuse(status::nte_bad_data);
    if (known == curve_magics.end()) return refuse(status::nte_not_supported);
    if (size != crypto::field_size(known->curve) || reader.rest().size() != std::size_t{2} * size)
        return refuse(status::nte_bad_data);
    Bytes point{0x04};
    append(point, reader.rest());
    auto checked = crypto::agreement_peer(known->curve, point);
    if (!checked) return Refusal(status::nte_bad_data, checked.error());
    return BlobKey{EcPublicKey{known->curve, std::move(checked).value()}, known->derives};
}

Outcome<BlobKey> parse_legacy(ByteView blob) {
    StructureReader reader(blob);
    const std::uint32_t header = reader.u32();
    const std::uint32_t algorithm = reader.u32();
    const std::uint32_t magic = reader.u32();
    const std::uint32_t bits = reader.u32();
    const ByteView exponent = reader.take(legacy_exponent_size);
    const bool is_known = algorithm == legacy_algorithm || algorithm == legacy_algorithm_signature;
    if (!reader.ok() || header != legacy_header || !is_known || magic != magic_rsa_public ||
        reader.rest().size() != (bits + 7) / 8)
        return refuse(status::nte_bad_data);
    return usable(
        {without_leading_zeros(reversed(reader.rest())), without_leading_zeros(reversed(exponent))},
        bits);
}

Outcome<BlobKey> parse_any(ByteView blob) {
    const bool is_rsa = StructureReader(blob).u32() == magic_rsa_public;
    return is_rsa ? parse_rsa(blob) : parse_ecc(blob);
}

}  // namespace

Outcome<Bytes> encode_public_blob(const std::string& type, const BlobKey& key) {
    if (is_private_blob_type(type)) return refuse(status::nte_not_supported);
    const auto* rsa = std::get_if<RsaPublicKey>(&key.key);
    if (rsa != nullptr && (type == type_rsa || type == type_any)) return rsa_blob(*rsa);
    if (rsa != nullptr && type == type_legacy) return legacy_blob(*rsa);
    if (rsa == nullptr && (type == type_ecc || type == type_any))
        return ecc_blob(std::get<EcPublicKey>(key.key), key.derives);
    return refuse(status::nte_bad_type);
}

Outcome<BlobKey> parse_public_blob(const std::string& type, ByteView blob) {
    if (type == type_rsa) return parse_rsa(blob);
    if (type == type_ecc) return parse_ecc(blob);
    if (type == type_any) return parse_any(blob);
    if (type == type_legacy) return parse_legacy(blob);
    return refuse(status::nte_bad_type);
}

}  // namespace cardmux::ksp

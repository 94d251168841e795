// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/public_blobs.h"

#include "api/ksp/blob_headers.h"
#include "api/ksp/private_blobs.h"
#include "crypto/der.h"
#include "crypto/key_agreement.h"

namespace cardmux::ksp {
namespace {

using crypto::EcPublicKey;
using crypto::RsaPublicKey;

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
    Bytes blob;
    append_ecc_header(blob, {key.curve, derives});
    append(blob, ByteView(key.point).subspan(1));
    return blob;
}

Bytes reversed(ByteView bytes) {
    return {bytes.rbegin(), bytes.rend()};
}

Outcome<Bytes> legacy_blob(const RsaPublicKey& key) {
    if (key.exponent.size() > legacy_exponent_size) return refuse(status::nte_bad_key);
    Bytes blob;
    append_legacy_header(blob, static_cast<std::uint32_t>(crypto::key_bits(key)));
    Bytes exponent = reversed(key.exponent);
    exponent.resize(legacy_exponent_size);
    append(blob, exponent);
    append(blob, reversed(key.modulus));
    return blob;
}

/// Numbers are big-endian.
Outcome<BlobKey> usable(ByteView modulus, ByteView exponent, std::uint32_t bits) {
    RsaPublicKey key{to_bytes(crypto::der::without_leading_zeros(modulus)),
                     to_bytes(crypto::der::without_leading_zeros(exponent))};
    if (!crypto::is_usable(key) || crypto::key_bits(key) != bits)
        return refuse(status::nte_bad_data);
    return BlobKey{std::move(key), false};
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
    return usable(modulus, exponent, bits);
}

Outcome<BlobKey> parse_ecc(ByteView blob, std::string_view curve_name) {
    StructureReader reader(blob);
    CARDMUX_TRY_ASSIGN(const EccHeader header,
                       read_ecc_header(reader, KeyHalf::Public, curve_name));
    if (reader.rest().size() != 2 * crypto::field_size(header.curve))
        return refuse(status::nte_bad_data);
    Bytes point{0x04};
    append(point, reader.rest());
    auto checked = crypto::agreement_peer(header.curve, point);
    if (!checked) return Refusal(status::nte_bad_data, checked.error());
    return BlobKey{EcPublicKey{header.curve, std::move(checked).value()}, header.derives};
}

Outcome<BlobKey> parse_legacy(ByteView blob) {
    StructureReader reader(blob);
    CARDMUX_TRY_ASSIGN(const LegacyHeader header, read_legacy_header(reader, KeyHalf::Public));
    if (reader.rest().size() != (header.bits + 7) / 8) return refuse(status::nte_bad_data);
    return usable(reversed(reader.rest()), reversed(header.exponent), header.bits);
}

Outcome<BlobKey> parse_any(ByteView blob, std::string_view curve_name) {
    const bool is_rsa = StructureReader(blob).u32() == magic_rsa_public;
    return is_rsa ? parse_rsa(blob) : parse_ecc(blob, curve_name);
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

Outcome<BlobKey> parse_public_blob(const std::string& type, ByteView blob,
                                   std::string_view curve_name) {
    if (type == type_rsa) return parse_rsa(blob);
    if (type == type_ecc) return parse_ecc(blob, curve_name);
    if (type == type_any) return parse_any(blob, curve_name);
    if (type == type_legacy) return parse_legacy(blob);
    return refuse(status::nte_bad_type);
}

}  // namespace cardmux::ksp

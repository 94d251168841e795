// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/ksp/blob_headers.h"

#include <algorithm>
#include <array>

#include "api/ksp/algorithms.h"

namespace cardmux::ksp {
namespace {

using crypto::Curve;

struct EccMagic {
    std::uint32_t number;
    KeyHalf half;
    bool derives;
    std::optional<Curve> curve;  ///< none: generic
};

constexpr std::array<EccMagic, 12> ecc_magics = {{
    {0x31534345, KeyHalf::Public, false, Curve::P256},    // ECS1
    {0x33534345, KeyHalf::Public, false, Curve::P384},    // ECS3
    {0x314B4345, KeyHalf::Public, true, Curve::P256},     // ECK1
    {0x334B4345, KeyHalf::Public, true, Curve::P384},     // ECK3
    {0x50444345, KeyHalf::Public, false, std::nullopt},   // ECDP
    {0x504B4345, KeyHalf::Public, true, std::nullopt},    // ECKP
    {0x32534345, KeyHalf::Private, false, Curve::P256},   // ECS2
    {0x34534345, KeyHalf::Private, false, Curve::P384},   // ECS4
    {0x324B4345, KeyHalf::Private, true, Curve::P256},    // ECK2
    {0x344B4345, KeyHalf::Private, true, Curve::P384},    // ECK4
    {0x56444345, KeyHalf::Private, false, std::nullopt},  // ECDV
    {0x564B4345, KeyHalf::Private, true, std::nullopt},   // ECKV
}};

/// errors    as read_ecc_header
Outcome<Curve> curve_meant(const EccMagic& magic, std::string_view curve_name) {
    if (curve_name.empty() && magic.curve) return *magic.curve;
    if (curve_name.empty()) return refuse(status::nte_invalid_parameter);
    const auto named = find_curve(curve_name);
    if (!named) return refuse(status::nte_not_supported);
    if (magic.curve && magic.curve != named) return refuse(status::nte_invalid_parameter);
    return *named;
}

// PUBLICKEYSTRUC: bType, bVersion, two reserved bytes; aiKeyAlg.
constexpr std::uint32_t type_public = 0x00000206;    // PUBLICKEYBLOB, CUR_BLOB_VERSION
constexpr std::uint32_t type_private = 0x00000207;   // PRIVATEKEYBLOB, CUR_BLOB_VERSION
constexpr std::uint32_t exchange_key = 0x0000A400;   // CALG_RSA_KEYX
constexpr std::uint32_t signature_key = 0x00002400;  // CALG_RSA_SIGN

}  // namespace

Outcome<EccHeader> read_ecc_header(StructureReader& reader, KeyHalf half,
                                   std::string_view curve_name) {
    const std::uint32_t number = reader.u32();
    const std::uint32_t size = reader.u32();
    if (!reader.ok()) return refuse(status::nte_bad_data);
    const auto* magic = std::ranges::find(ecc_magics, number, &EccMagic::number);
    if (magic == ecc_magics.end() || magic->half != half) return refuse(status::nte_not_supported);
    CARDMUX_TRY_ASSIGN(const Curve curve, curve_meant(*magic, curve_name));
    if (size != crypto::field_size(curve)) return refuse(status::nte_bad_data);
    return EccHeader{curve, magic->derives};
}

void append_ecc_header(Bytes& blob, const EccHeader& header) {
    const auto* magic = std::ranges::find_if(ecc_magics, [&](const EccMagic& candidate) {
        return candidate.half == KeyHalf::Public && candidate.curve == header.curve &&
               candidate.derives == header.derives;
    });
    append_u32(blob, magic->number);
    append_u32(blob, static_cast<std::uint32_t>(crypto::field_size(header.curve)));
}

Outcome<LegacyHeader> read_legacy_header(StructureReader& reader, KeyHalf half) {
    const bool is_public = half == KeyHalf::Public;
    const std::uint32_t type = reader.u32();
    const std::uint32_t algorithm = reader.u32();
    const std::uint32_t magic = reader.u32();
    LegacyHeader header;
    header.bits = reader.u32();
    header.exponent = reader.take(legacy_exponent_size);
    const bool is_rsa = algorithm == exchange_key || algorithm == signature_key;
    if (!reader.ok() || !is_rsa || type != (is_public ? type_public : type_private) ||
        magic != (is_public ? magic_rsa_public : magic_rsa_private))
        return refuse(status::nte_bad_data);
    return header;
}

void append_legacy_header(Bytes& blob, std::uint32_t bits) {
    append_u32(blob, type_public);
    append_u32(blob, exchange_key);
    append_u32(blob, magic_rsa_public);
    append_u32(blob, bits);
}

}  // namespace cardmux::ksp

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "drivers/piv/piv_objects.h"

#include <algorithm>
#include <array>

#include "crypto/der.h"
#include "drivers/piv/inflate.h"
#include "drivers/piv/piv_data_model.h"
#include "iso7816/tlv_reader.h"
#include "iso7816/tlv_writer.h"

namespace cardmux::drivers::piv {
namespace {

using iso7816::Tlv;
using iso7816::TlvReader;
using iso7816::TlvWriter;

constexpr std::size_t certificate_size_max = std::size_t{64} * 1024;

/// A FASC-N that begins so (agency 9999, system 9999, credential 999999) is a filler that cards
/// outside the US government have in common: it tells nobody apart.
constexpr std::array<std::uint8_t, 10> shared_fasc_n = {0xD4, 0xE7, 0x39, 0xDA, 0x73,
                                                        0x9C, 0xED, 0x39, 0xCE, 0x73};

bool is_zero(ByteView bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

bool starts_with(ByteView bytes, ByteView start) {
    return bytes.size() >= start.size() && equal(bytes.first(start.size()), start);
}

/// Yubico's numbers: 1 never, 2 once, 3 always, 4 and 5 the same with a fingerprint; 0 the slot's
/// own.
std::optional<PinPolicy> pin_policy_of(std::uint8_t number) {
    switch (number) {
        case 1:
            return PinPolicy::Never;
        case 2:
        case 4:
            return PinPolicy::Once;
        case 3:
        case 5:
            return PinPolicy::Always;
        default:
            return std::nullopt;
    }
}

}  // namespace

Result<Discovery> parse_discovery(ByteView data) {
    const TlvReader reader(data);
    CARDMUX_TRY_ASSIGN(const ByteView id, reader.require(tag_application_id));
    Discovery discovery;
    discovery.names_piv =
        starts_with(id, ByteView(application_id).first(application_id_truncated_size));
    CARDMUX_TRY_ASSIGN(const std::optional<Tlv> usage, reader.find(tag_pin_usage));
    if (usage && usage->value.size() == 2)
        discovery.global_pin_is_primary =
            (usage->value[0] & global_pin_usable) != 0 && usage->value[1] == global_pin_is_primary;
    return discovery;
}

Result<CardholderId> parse_chuid(ByteView data) {
    const TlvReader reader(data);
    CARDMUX_TRY_ASSIGN(const std::optional<Tlv> guid, reader.find(tag_guid));
    CARDMUX_TRY_ASSIGN(const std::optional<Tlv> fasc_n, reader.find(tag_fasc_n));
    CardholderId id;
    if (guid && guid->value.size() == guid_size && !is_zero(guid->value))
        id.guid = to_bytes(guid->value);
    if (fasc_n && fasc_n->value.size() == fasc_n_size && !is_zero(fasc_n->value) &&
        !starts_with(fasc_n->value, shared_fasc_n))
        id.fasc_n = to_bytes(fasc_n->value);
    return id;
}

Result<std::optional<Bytes>> parse_certificate_object(ByteView data) {
    const TlvReader reader(data);
    CARDMUX_TRY_ASSIGN(const std::optional<Tlv> certificate, reader.find(tag_certificate));
    if (!certificate || certificate->value.empty()) return std::optional<Bytes>();
    CARDMUX_TRY_ASSIGN(const std::optional<Tlv> info, reader.find(tag_certificate_info));
    const bool compressed =
        info && !info->value.empty() && (info->value[0] & certificate_compressed) != 0;
    if (!compressed) return std::optional<Bytes>(to_bytes(certificate->value));
    CARDMUX_TRY_ASSIGN(Bytes der, inflate(certificate->value, certificate_size_max));
    return std::optional<Bytes>(std::move(der));
}

CardKey key_in(const Slot& slot, crypto::PublicKey public_key) {
    const bool is_rsa = std::holds_alternative<crypto::RsaPublicKey>(public_key);
    CardKey key;
    key.reference = slot.key_reference;
    key.pin_policy = slot.pin_policy;
    key.public_key = std::move(public_key);
    key.can_sign = slot.signs;
    key.can_decrypt = slot.decrypts && is_rsa;
    key.can_derive = slot.derives && !is_rsa;
    return key;
}

Bytes certificate_object(ByteView der) {
    if (der.empty()) return {};
    return TlvWriter()
        .add(tag_certificate, der)
        .add_byte(tag_certificate_info, 0x00)
        .add(tag_error_detection, {})
        .take();
}

Result<crypto::PublicKey> parse_public_key(std::uint8_t algorithm, ByteView data) {
    const TlvReader reader(data);
    const auto point_of = [&](crypto::Curve curve) -> Result<crypto::PublicKey> {
        CARDMUX_TRY_ASSIGN(const ByteView point, reader.require(tag_point));
        if (point.size() != 1 + 2 * crypto::field_size(curve) || point[0] != 0x04)
            return Error(ErrorCode::CardDataMalformed, "PIV public key");
        return crypto::PublicKey(crypto::EcPublicKey{curve, to_bytes(point)});
    };
    switch (algorithm) {
        case algorithm_p256:
            return point_of(crypto::Curve::P256);
        case algorithm_p384:
            return point_of(crypto::Curve::P384);
        case algorithm_rsa1024:
        case algorithm_rsa2048:
        case algorithm_rsa3072:
        case algorithm_rsa4096:
            break;
        default:
            return Error(ErrorCode::NotSupported, "PIV public key");
    }
    CARDMUX_TRY_ASSIGN(const ByteView modulus, reader.require(tag_modulus));
    CARDMUX_TRY_ASSIGN(const ByteView exponent, reader.require(tag_exponent));
    using crypto::der::without_leading_zeros;
    crypto::RsaPublicKey key{to_bytes(without_leading_zeros(modulus)),
                             to_bytes(without_leading_zeros(exponent))};
    if (key.modulus.empty() || key.exponent.empty())
        return Error(ErrorCode::CardDataMalformed, "PIV public key");
    return crypto::PublicKey(std::move(key));
}

Result<KeyMetadata> parse_metadata(ByteView data) {
    const TlvReader reader(data);
    CARDMUX_TRY_ASSIGN(const ByteView algorithm, reader.require(tag_metadata_algorithm));
    CARDMUX_TRY_ASSIGN(const ByteView key, reader.require(tag_metadata_public_key));
    CARDMUX_TRY_ASSIGN(const std::optional<Tlv> policy, reader.find(tag_metadata_policy));
    if (algorithm.size() != 1) return Error(ErrorCode::CardDataMalformed, "PIV GET METADATA");
    KeyMetadata metadata;
    CARDMUX_TRY_ASSIGN(metadata.public_key, parse_public_key(algorithm[0], key));
    if (policy && !policy->value.empty()) metadata.pin_policy = pin_policy_of(policy->value[0]);
    return metadata;
}

Result<ByteView> parse_authentication_response(ByteView data) {
    const TlvReader reader(data);
    CARDMUX_TRY_ASSIGN(const std::optional<Tlv> object, reader.find(tag_authentication));
    if (!object) return Error(ErrorCode::CardDataMalformed, "PIV GENERAL AUTHENTICATE");
    CARDMUX_TRY_ASSIGN(const TlvReader inside, reader.enter(*object));
    return inside.require(tag_response);
}

}  // namespace cardmux::drivers::piv

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/certificate_writing.h"

#include <array>
#include <chrono>
#include <cstdio>

#include "crypto/der.h"
#include "crypto/hash.h"
#include "crypto/rsa_padding.h"

namespace cardmux::crypto {
namespace {

constexpr std::uint8_t boolean = 0x01;
constexpr std::uint8_t utf8_string = 0x0C;
constexpr std::uint8_t explicit_3 = 0xA3;
constexpr std::uint8_t version_3 = 2;

// Object identifiers, content octets: RFC 8017 appendix A.2.4, RFC 5758 section 3.2, X.520 2.5.4.3,
// RFC 5280 section 4.2.1.9.
constexpr std::uint8_t oid_rsa_sha256[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b};
constexpr std::uint8_t oid_ecdsa_sha256[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
constexpr std::uint8_t oid_ecdsa_sha384[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03};
constexpr std::uint8_t oid_common_name[] = {0x55, 0x04, 0x03};
constexpr std::uint8_t oid_basic_constraints[] = {0x55, 0x1d, 0x13};

bool is_p384(const PublicKey& key) {
    const auto* ec = std::get_if<EcPublicKey>(&key);
    return ec != nullptr && ec->curve == Curve::P384;
}

Bytes element(std::uint8_t tag, ByteView content) {
    Bytes whole;
    der::append_element(whole, tag, content);
    return whole;
}

Bytes signature_algorithm(const PublicKey& key) {
    Bytes content;
    if (std::holds_alternative<RsaPublicKey>(key)) {
        der::append_element(content, der::object_identifier, oid_rsa_sha256);
        der::append_element(content, der::null, {});
    } else {
        der::append_element(content, der::object_identifier,
                            is_p384(key) ? ByteView(oid_ecdsa_sha384) : ByteView(oid_ecdsa_sha256));
    }
    return element(der::sequence, content);
}

Bytes name_of(const std::string& common_name) {
    Bytes attribute;
    der::append_element(attribute, der::object_identifier, oid_common_name);
    der::append_element(attribute, utf8_string, bytes_of(common_name));
    return element(der::sequence, element(der::set, element(der::sequence, attribute)));
}

/// UTCTime to 2049, GeneralizedTime from then on (RFC 5280, section 4.1.2.5).
Bytes time_of(std::int64_t seconds) {
    using namespace std::chrono;
    const auto day = floor<days>(std::chrono::seconds(seconds));
    const year_month_day date{sys_days(day)};
    const hh_mm_ss time(std::chrono::seconds(seconds) - day);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d%02u%02u%02d%02d%02dZ", int{date.year()},
                  unsigned{date.month()}, unsigned{date.day()},
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    const bool is_short = date.year() < year(2050);
    const std::string_view digits = text.data();
    return element(is_short ? der::utc_time : der::generalized_time,
                   bytes_of(is_short ? digits.substr(2) : digits));
}

/// No certificate authority, critical; that is the default, and so nothing is inside.
Bytes extensions() {
    const std::uint8_t yes = 0xFF;
    Bytes constraints;
    der::append_element(constraints, der::object_identifier, oid_basic_constraints);
    der::append_element(constraints, boolean, ByteView(&yes, 1));
    der::append_element(constraints, der::octet_string, element(der::sequence, {}));
    return element(explicit_3, element(der::sequence, element(der::sequence, constraints)));
}

}  // namespace

Result<Bytes> certificate_to_sign(const PublicKey& key, const CertificateText& text) {
    CARDMUX_TRY_ASSIGN(const Bytes public_key_info, encode_public_key_info(key));
    const Bytes name = name_of(text.common_name);
    Bytes validity = time_of(text.not_before);
    append(validity, time_of(text.not_before + text.valid_seconds));
    Bytes content = element(der::explicit_0, element(der::integer, ByteView(&version_3, 1)));
    der::append_unsigned(content, text.serial_number);
    append(content, signature_algorithm(key));
    append(content, name);
    der::append_element(content, der::sequence, validity);
    append(content, name);
    append(content, public_key_info);
    append(content, extensions());
    return element(der::sequence, content);
}

Result<Bytes> certificate_block(const PublicKey& key, ByteView to_sign) {
    const HashAlgorithm algorithm = is_p384(key) ? HashAlgorithm::Sha384 : HashAlgorithm::Sha256;
    CARDMUX_TRY_ASSIGN(Bytes digest, hash(algorithm, to_sign));
    const auto* rsa = std::get_if<RsaPublicKey>(&key);
    if (rsa == nullptr) return digest;
    CARDMUX_TRY_ASSIGN(const Bytes info, digest_info(algorithm, digest));
    return pad_pkcs1_signature(info, rsa->modulus.size());
}

Result<Bytes> signed_certificate(const PublicKey& key, ByteView to_sign, ByteView signature) {
    Bytes bits = {0};  // no unused bits
    if (const auto* ec = std::get_if<EcPublicKey>(&key)) {
        CARDMUX_TRY_ASSIGN(const Bytes pair, ecdsa_to_der(signature, ec->curve));
        append(bits, pair);
    } else {
        append(bits, signature);
    }
    Bytes content = to_bytes(to_sign);
    append(content, signature_algorithm(key));
    der::append_element(content, der::bit_string, bits);
    return element(der::sequence, content);
}

}  // namespace cardmux::crypto

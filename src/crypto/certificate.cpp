// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/certificate.h"

#include <algorithm>

#include "crypto/der.h"
#include "crypto/directory_string.h"

namespace cardmux::crypto {
namespace {

constexpr std::uint8_t oid_common_name[] = {0x55, 0x04, 0x03};  // RFC 5280, appendix A.1

/// One AttributeTypeAndValue; sets `text` if it is a common name.
Result<void> read_attribute(der::Reader attribute, std::string& text) {
    CARDMUX_TRY_ASSIGN(const der::Element type, attribute.next(der::object_identifier));
    CARDMUX_TRY_ASSIGN(const der::Element value, attribute.next());
    CARDMUX_TRY(attribute.end());
    if (equal(type.content, oid_common_name)) text = utf8_of(value);
    return success();
}

/// The last common name of a Name: names go from the general to the special.
Result<std::string> common_name_of(ByteView name) {
    std::string text;
    der::Reader outer(name);
    CARDMUX_TRY_ASSIGN(der::Reader sets, outer.enter(der::sequence));
    while (!sets.at_end()) {
        CARDMUX_TRY_ASSIGN(der::Reader attributes, sets.enter(der::set));
        while (!attributes.at_end()) {
            CARDMUX_TRY_ASSIGN(const der::Reader attribute, attributes.enter(der::sequence));
            CARDMUX_TRY(read_attribute(attribute, text));
        }
    }
    return text;
}

bool are_digits(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// The date of a UTCTime or GeneralizedTime as YYYYMMDD; empty if it has not the form that RFC
/// 5280, section 4.1.2.5 prescribes. UTCTime's years 50..99 are 1950..1999.
std::string date_of(const der::Element& time) {
    const std::string text(time.content.begin(), time.content.end());
    const bool is_short = time.tag == der::utc_time;
    const std::size_t size = is_short ? 13 : 15;
    if (text.size() != size || text.back() != 'Z') return {};
    if (!are_digits(std::string_view(text).substr(0, size - 1))) return {};
    if (!is_short) return text.substr(0, 8);
    return (text[0] >= '5' ? "19" : "20") + text.substr(0, 6);
}

Result<std::string> read_date(der::Reader& validity) {
    const bool is_time = validity.next_is(der::utc_time) || validity.next_is(der::generalized_time);
    if (!is_time) return Error(ErrorCode::CardDataMalformed, "parse certificate");
    CARDMUX_TRY_ASSIGN(const der::Element time, validity.next());
    return date_of(time);
}

Result<void> skip_version(der::Reader& fields) {
    if (!fields.next_is(der::explicit_0)) return success();
    CARDMUX_TRY_ASSIGN(der::Reader version, fields.enter(der::explicit_0));
    CARDMUX_TRY(version.next(der::integer));
    return version.end();
}

/// TBSCertificate: RFC 5280, section 4.1. Unique identifiers and extensions are not looked at.
Result<Certificate> read_fields(der::Reader fields) {
    Certificate certificate;
    CARDMUX_TRY(skip_version(fields));
    CARDMUX_TRY_ASSIGN(const der::Element serial_number, fields.next(der::integer));
    if (serial_number.content.empty())
        return Error(ErrorCode::CardDataMalformed, "parse certificate");
    CARDMUX_TRY(fields.next(der::sequence));  // signature algorithm
    CARDMUX_TRY_ASSIGN(const der::Element issuer, fields.next(der::sequence));
    CARDMUX_TRY_ASSIGN(der::Reader validity, fields.enter(der::sequence));
    CARDMUX_TRY_ASSIGN(certificate.not_before, read_date(validity));
    CARDMUX_TRY_ASSIGN(certificate.not_after, read_date(validity));
    CARDMUX_TRY(validity.end());
    CARDMUX_TRY_ASSIGN(const der::Element subject, fields.next(der::sequence));
    CARDMUX_TRY_ASSIGN(const der::Element key_info, fields.next(der::sequence));
    CARDMUX_TRY_ASSIGN(certificate.common_name, common_name_of(subject.whole));
    certificate.serial_number = to_bytes(serial_number.whole);
    certificate.issuer = to_bytes(issuer.whole);
    certificate.subject = to_bytes(subject.whole);
    certificate.public_key_info = to_bytes(key_info.whole);
    return certificate;
}

}  // namespace

Result<Certificate> parse_certificate(ByteView der) {
    der::Reader outer(der);
    CARDMUX_TRY_ASSIGN(der::Reader parts, outer.enter(der::sequence));
    CARDMUX_TRY(outer.end());
    CARDMUX_TRY_ASSIGN(const der::Reader fields, parts.enter(der::sequence));
    CARDMUX_TRY(parts.next(der::sequence));  // signature algorithm
    CARDMUX_TRY(parts.whole_bit_string());   // signature
    CARDMUX_TRY(parts.end());
    CARDMUX_TRY_ASSIGN(Certificate certificate, read_fields(fields));
    certificate.der = to_bytes(der);
    return certificate;
}

}  // namespace cardmux::crypto

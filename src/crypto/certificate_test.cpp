// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "crypto/certificate.h"

#include <gtest/gtest.h>

#include "crypto/test_vectors/certificates.h"

namespace cardmux::crypto {
namespace {

using test_vectors::p256_certificate;
using test_vectors::p384_certificate;
using test_vectors::t61_certificate;

TEST(Certificate, names_the_last_common_name_in_UTF_8) {
    EXPECT_EQ(parse_certificate(*from_hex(p256_certificate))->common_name, "Grüße an Żółw");
    EXPECT_EQ(parse_certificate(*from_hex(p384_certificate))->common_name, "Żółw");
    EXPECT_EQ(parse_certificate(*from_hex(t61_certificate))->common_name, "Grüße");
}

TEST(Certificate, carries_a_key_that_can_be_read) {
    const auto certificate = parse_certificate(*from_hex(p384_certificate));
    const auto key = parse_public_key_info(certificate->public_key_info);
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(key_bits(*key), 384U);
}

TEST(Certificate, is_refused_when_cut_off_anywhere_or_followed_by_anything) {
    Bytes der = *from_hex(p256_certificate);
    for (std::size_t size = 0; size < der.size(); ++size) {
        const auto parsed = parse_certificate(ByteView(der).first(size));
        ASSERT_FALSE(parsed.ok()) << size;
        EXPECT_EQ(parsed.error().code, ErrorCode::CardDataMalformed);
    }
    der.push_back(0x00);
    EXPECT_EQ(parse_certificate(der).error().code, ErrorCode::CardDataMalformed);
}

/// The P-256 certificate with the last occurrence of `from` replaced by as many other bytes.
Bytes with_replaced(std::string_view from, std::string_view to) {
    std::string hex(p256_certificate);
    const auto at = hex.rfind(from);
    EXPECT_NE(at, std::string::npos);
    return *from_hex(hex.replace(at, from.size(), to));
}

TEST(Certificate, leaves_a_date_empty_that_has_not_the_form_of_RFC_5280) {
    // 261122115650Z as a UTCTime.
    const auto before = [](std::string_view time) {
        return parse_certificate(with_replaced("170d3236313132323131353635305a", time))->not_before;
    };
    EXPECT_EQ(before("170d3236313132323131353635305a"), "20261122");
    EXPECT_EQ(before("170d3530313132323131353635305a"), "19501122");
    EXPECT_EQ(before("170d3439313132323131353635305a"), "20491122");
    EXPECT_EQ(before("170d3236313132323131353635302b"), "");
    EXPECT_EQ(before("170d2f36313132323131353635305a"), "");
    EXPECT_EQ(before("180d3236313132323131353635305a"), "");
}

TEST(Certificate, is_refused_when_a_field_is_of_another_kind) {
    EXPECT_FALSE(parse_certificate(with_replaced("170d32", "130d32")).ok());
    EXPECT_FALSE(parse_certificate(with_replaced("020800f1", "040800f1")).ok());
    EXPECT_FALSE(parse_certificate(with_replaced("0603550403", "0c03550403")).ok());
}

TEST(Certificate, has_no_common_name_where_the_text_is_not_valid) {
    // The first byte of the last common name becomes one that UTF-8 has not.
    const auto parsed = parse_certificate(with_replaced("0c124772c3bc", "0c12ff72c3bc"));
    ASSERT_TRUE(parsed.ok());
    EXPECT_EQ(parsed->common_name, "");
}

}  // namespace
}  // namespace cardmux::crypto

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "drivers/piv/piv_objects.h"

#include <gtest/gtest.h>

#include "iso7816/tlv_writer.h"

namespace cardmux::drivers::piv {
namespace {

using iso7816::TlvWriter;

Bytes hex(const std::string& text) {
    return from_hex(text).value_or({});
}

template <typename Parser>
void expect_no_crash_at_any_cut(const Bytes& whole, Parser parse) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        (void)parse(cut);
    }
}

// --- Discovery Object

TEST(PivDiscovery, names_piv_and_the_application_pin) {
    const auto discovery = parse_discovery(hex("4f0ba000000308000010000100 5f2f024010"));
    ASSERT_TRUE(discovery.ok());
    EXPECT_TRUE(discovery->names_piv);
    EXPECT_FALSE(discovery->global_pin_is_primary);
}

TEST(PivDiscovery, finds_that_the_global_pin_comes_first) {
    EXPECT_TRUE(
        parse_discovery(hex("4f0ba000000308000010000100 5f2f026020"))->global_pin_is_primary);
    // Primary, but not usable: contradictory, so the application PIN stays.
    EXPECT_FALSE(
        parse_discovery(hex("4f0ba000000308000010000100 5f2f024020"))->global_pin_is_primary);
}

TEST(PivDiscovery, does_not_take_another_application_for_piv) {
    EXPECT_FALSE(parse_discovery(hex("4f08a000000151000000"))->names_piv);
    EXPECT_FALSE(parse_discovery(hex("4f05a000000308"))->names_piv);
}

TEST(PivDiscovery, refuses_an_object_without_a_name) {
    EXPECT_EQ(parse_discovery(hex("5f2f024010")).error().code, ErrorCode::CardDataMalformed);
    EXPECT_EQ(parse_discovery({}).error().code, ErrorCode::CardDataMalformed);
}

// --- CHUID

const std::string real_fasc_n = "3019d6501858210842108421c8421084210842108421084210c3";
const std::string filler_fasc_n = "3019d4e739da739ced39ce739d836858210842108421c84210c3eb";
const std::string guid = "3410000102030405060708090a0b0c0d0e0f";

TEST(PivChuid, gives_guid_and_fasc_n) {
    const auto id = parse_chuid(hex(real_fasc_n + "00" + guid + "35083230333031323331 3e00 fe00"));
    ASSERT_TRUE(id.ok());
    EXPECT_EQ(id->guid, hex("000102030405060708090a0b0c0d0e0f"));
    EXPECT_EQ(id->fasc_n.size(), 25U);
}

TEST(PivChuid, counts_a_guid_of_zeros_or_of_another_size_as_none) {
    EXPECT_TRUE(parse_chuid(hex("341000000000000000000000000000000000"))->guid.empty());
    EXPECT_TRUE(parse_chuid(hex("340401020304"))->guid.empty());
}

TEST(PivChuid, counts_the_fasc_n_that_all_share_as_none) {
    EXPECT_TRUE(parse_chuid(hex(filler_fasc_n))->fasc_n.empty());
}

TEST(PivChuid, survives_every_cut) {
    expect_no_crash_at_any_cut(hex(filler_fasc_n + guid), parse_chuid);
    EXPECT_FALSE(parse_chuid(hex("3419d4")).ok());
}

// --- certificates

TEST(PivCertificateObject, gives_plain_bytes) {
    const auto der = parse_certificate_object(hex("7003300100 710100 fe00"));
    ASSERT_TRUE(der.ok());
    EXPECT_EQ(**der, hex("300100"));
}

TEST(PivCertificateObject, is_none_where_the_object_is_empty) {
    EXPECT_FALSE(parse_certificate_object({})->has_value());
    EXPECT_FALSE(parse_certificate_object(hex("7000 710100 fe00"))->has_value());
}

TEST(PivCertificateObject, uncompresses_gzip) {
    // "cardmux" by zlib, gzip form.
    const Bytes packed = hex("1f8b08000000000002034b4e2c4ac92dad0000ccaa559f07000000");
    const Bytes object = TlvWriter().add(0x70, packed).add_byte(0x71, 0x01).take();
    const auto der = parse_certificate_object(object);
    ASSERT_TRUE(der.ok());
    EXPECT_EQ(**der, to_bytes(bytes_of("cardmux")));
}

TEST(PivCertificateObject, refuses_damage) {
    EXPECT_EQ(parse_certificate_object(hex("7005300100")).error().code,
              ErrorCode::CardDataMalformed);
    EXPECT_EQ(parse_certificate_object(hex("7003300100 710101")).error().code,
              ErrorCode::CardDataMalformed);
}

// --- Yubico's metadata

Bytes metadata_of(std::uint8_t algorithm, const Bytes& policy, const Bytes& key) {
    return TlvWriter().add_byte(0x01, algorithm).add(0x02, policy).add(0x04, key).take();
}

TEST(PivMetadata, gives_an_elliptic_key_and_its_policy) {
    Bytes point(65, 0x11);
    point[0] = 0x04;
    const auto metadata =
        parse_metadata(metadata_of(0x11, hex("0301"), TlvWriter().add(0x86, point).take()));
    ASSERT_TRUE(metadata.ok());
    EXPECT_EQ(std::get<crypto::EcPublicKey>(metadata->public_key).point, point);
    EXPECT_EQ(metadata->pin_policy, PinPolicy::Always);
}

TEST(PivMetadata, gives_an_rsa_key_without_leading_zeros) {
    const Bytes key = TlvWriter().add(0x81, hex("00c1c2")).add(0x82, hex("010001")).take();
    const auto metadata = parse_metadata(metadata_of(0x07, hex("0001"), key));
    ASSERT_TRUE(metadata.ok());
    EXPECT_EQ(std::get<crypto::RsaPublicKey>(metadata->public_key).modulus, hex("c1c2"));
    EXPECT_FALSE(metadata->pin_policy.has_value());
}

TEST(PivMetadata, knows_the_policies_never_once_and_with_fingerprint) {
    const Bytes key = TlvWriter().add(0x81, hex("c1")).add(0x82, hex("03")).take();
    EXPECT_EQ(parse_metadata(metadata_of(0x07, hex("0101"), key))->pin_policy, PinPolicy::Never);
    EXPECT_EQ(parse_metadata(metadata_of(0x07, hex("0201"), key))->pin_policy, PinPolicy::Once);
    EXPECT_EQ(parse_metadata(metadata_of(0x07, hex("0401"), key))->pin_policy, PinPolicy::Once);
    EXPECT_EQ(parse_metadata(metadata_of(0x07, hex("0501"), key))->pin_policy, PinPolicy::Always);
}

TEST(PivMetadata, refuses_a_point_of_the_wrong_size_and_an_unknown_algorithm) {
    const Bytes short_point = TlvWriter().add(0x86, Bytes(33, 0x04)).take();
    EXPECT_EQ(parse_metadata(metadata_of(0x11, {}, short_point)).error().code,
              ErrorCode::CardDataMalformed);
    EXPECT_EQ(parse_metadata(metadata_of(0xE0, {}, short_point)).error().code,
              ErrorCode::NotSupported);
    EXPECT_EQ(parse_metadata(metadata_of(0x07, {}, hex("8100820103"))).error().code,
              ErrorCode::CardDataMalformed);
    EXPECT_EQ(parse_metadata(hex("04020102")).error().code, ErrorCode::CardDataMalformed);
}

// --- GENERAL AUTHENTICATE

TEST(PivAuthenticationResponse, gives_the_response) {
    const Bytes answer = hex("7c048202abcd");
    const auto response = parse_authentication_response(answer);
    ASSERT_TRUE(response.ok());
    EXPECT_EQ(to_bytes(*response), hex("abcd"));
}

TEST(PivAuthenticationResponse, refuses_everything_else) {
    for (const char* text : {"", "7c", "7c00", "7c048102abcd", "7c048203abcd", "820101", "9000"}) {
        const Bytes answer = hex(text);
        EXPECT_EQ(parse_authentication_response(answer).error().code, ErrorCode::CardDataMalformed)
            << text;
    }
}

}  // namespace
}  // namespace cardmux::drivers::piv

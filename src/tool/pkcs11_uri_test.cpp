// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/pkcs11_uri.h"

#include <gtest/gtest.h>

namespace cardmux::tool {
namespace {

std::string why_refused(std::string_view text) {
    std::string problem;
    return parse_pkcs11_uri(text, problem) ? "" : problem;
}

Pkcs11Uri parsed(std::string_view text) {
    std::string problem;
    auto uri = parse_pkcs11_uri(text, problem);
    EXPECT_TRUE(uri.ok()) << problem;
    return uri ? *uri : Pkcs11Uri();
}

TEST(Pkcs11Uri, reads_the_attributes_that_name_a_key) {
    const Pkcs11Uri uri = parsed(
        "pkcs11:token=PIV%20card;serial=00000001;model=YubiKey;object=PIV%20Authentication;"
        "type=private;id=%01%fF;slot-id=3");
    EXPECT_EQ(uri.token, "PIV card");
    EXPECT_EQ(uri.serial, "00000001");
    EXPECT_EQ(uri.model, "YubiKey");
    EXPECT_EQ(uri.object, "PIV Authentication");
    EXPECT_EQ(uri.type, "private");
    EXPECT_EQ(uri.id, (Bytes{0x01, 0xFF}));
    EXPECT_EQ(uri.slot_id, 3);
}

TEST(Pkcs11Uri, reads_what_names_the_library_and_the_slot) {
    const Pkcs11Uri uri = parsed(
        "pkcs11:library-manufacturer=Snake%20Oil;library-description=A;library-version=3;"
        "slot-manufacturer=B;slot-description=C");
    EXPECT_EQ(uri.library_manufacturer, "Snake Oil");
    EXPECT_EQ(uri.library_description, "A");
    EXPECT_EQ(uri.library_version, "3.0");
    EXPECT_EQ(uri.slot_manufacturer, "B");
    EXPECT_EQ(uri.slot_description, "C");
    EXPECT_EQ(parsed("pkcs11:library-version=0.1").library_version, "0.1");
    EXPECT_NE(why_refused("pkcs11:library-version=1.x"), "");
    EXPECT_NE(why_refused("pkcs11:library-version=.1"), "");
}

TEST(Pkcs11Uri, may_be_empty_and_then_names_everything) {
    EXPECT_EQ(parsed("pkcs11:"), Pkcs11Uri());
}

TEST(Pkcs11Uri, reads_the_pin_source_and_ignores_the_unknown_in_the_query) {
    const Pkcs11Uri uri = parsed("pkcs11:token=a?pin-source=file:/etc/pin&x-later=1");
    EXPECT_EQ(uri.token, "a");
    EXPECT_EQ(uri.pin_source, "file:/etc/pin");
}

TEST(Pkcs11Uri, takes_the_letters_that_the_rfc_allows_in_values) {
    EXPECT_EQ(parsed("pkcs11:token=-._~:[]@!$'()*+,=&").token, "-._~:[]@!$'()*+,=&");
}

TEST(Pkcs11Uri, refuses_another_scheme) {
    EXPECT_NE(why_refused("pkcs12:token=a"), "");
}
TEST(Pkcs11Uri, refuses_a_blank_that_is_not_encoded) {
    EXPECT_NE(why_refused("pkcs11:token=PIV card"), "");
}
TEST(Pkcs11Uri, refuses_a_percent_sign_without_two_digits) {
    EXPECT_NE(why_refused("pkcs11:token=a%2"), "");
    EXPECT_NE(why_refused("pkcs11:token=a%"), "");
    EXPECT_NE(why_refused("pkcs11:token=a%zz"), "");
}
TEST(Pkcs11Uri, refuses_an_attribute_twice) {
    EXPECT_NE(why_refused("pkcs11:token=a;token=b"), "");
}
TEST(Pkcs11Uri, refuses_an_attribute_that_it_does_not_know) {
    EXPECT_NE(why_refused("pkcs11:tokne=a"), "");
}
TEST(Pkcs11Uri, refuses_something_that_is_not_name_and_value) {
    EXPECT_NE(why_refused("pkcs11:token"), "");
    EXPECT_NE(why_refused("pkcs11:=a"), "");
    EXPECT_NE(why_refused("pkcs11:token=a;"), "");
    EXPECT_NE(why_refused("pkcs11:;token=a"), "");
}
TEST(Pkcs11Uri, refuses_a_type_that_does_not_exist) {
    EXPECT_NE(why_refused("pkcs11:type=privat"), "");
}
TEST(Pkcs11Uri, refuses_a_slot_number_that_is_none) {
    EXPECT_NE(why_refused("pkcs11:slot-id=1x"), "");
    EXPECT_NE(why_refused("pkcs11:slot-id="), "");
    EXPECT_NE(why_refused("pkcs11:slot-id=99999999999999999999"), "");
}
TEST(Pkcs11Uri, refuses_a_zero_byte_in_text) {
    EXPECT_NE(why_refused("pkcs11:token=a%00b"), "");
}
TEST(Pkcs11Uri, refuses_a_pin_in_the_uri_and_says_what_to_do) {
    EXPECT_NE(why_refused("pkcs11:token=a?pin-value=123456").find("--pin-file"), std::string::npos);
}

TEST(Pkcs11Uri, is_written_so_that_it_reads_back_the_same) {
    Pkcs11Uri uri;
    uri.token = "M\xC3\xBCller; & Söhne %";
    uri.serial = "0001";
    uri.object = "a=b/c?d";
    uri.id = Bytes{0x00, 0x41, 0xFF};
    uri.type = "cert";
    uri.slot_id = 12;
    uri.slot_description = "Reader 00";
    uri.library_version = "1.2";
    uri.pin_source = "file:/x y";
    EXPECT_EQ(parsed(to_string(uri)), uri);
}

TEST(Pkcs11Uri, is_written_with_every_byte_of_the_id_encoded) {
    Pkcs11Uri uri;
    uri.token = "PIV card";
    uri.id = Bytes{0x01};
    EXPECT_EQ(to_string(uri), "pkcs11:token=PIV%20card;id=%01");
}

}  // namespace
}  // namespace cardmux::tool

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/uri_match.h"

#include <gtest/gtest.h>

namespace cardmux::tool {
namespace {

TokenNames names() {
    TokenNames names;
    names.token = "Alice";
    names.manufacturer = "Cardmux";
    names.serial = "0001";
    names.model = "PIV card";
    names.slot_id = 3;
    names.slot_description = "Reader 00";
    names.slot_manufacturer = "Cardmux";
    names.library_manufacturer = "Cardmux";
    names.library_description = "A module";
    names.library_version = "0.1";
    return names;
}

/// What is in the way of this URI: "" if the token fits.
std::string difference(std::string_view text) {
    std::string problem;
    const auto uri = parse_pkcs11_uri(text, problem);
    EXPECT_TRUE(uri.ok()) << problem;
    const char* attribute = uri ? differing_attribute(*uri, names()) : "unreadable";
    return attribute == nullptr ? "" : attribute;
}

TEST(UriMatch, takes_a_token_that_has_every_attribute) {
    EXPECT_EQ(difference("pkcs11:"), "");
    EXPECT_EQ(difference("pkcs11:token=Alice;manufacturer=Cardmux;serial=0001;model=PIV%20card;"
                         "slot-id=3;slot-description=Reader%2000;slot-manufacturer=Cardmux;"
                         "library-manufacturer=Cardmux;library-description=A%20module;"
                         "library-version=0.1;type=private;id=%01"),
              "");
}

TEST(UriMatch, names_the_attribute_that_differs) {
    EXPECT_EQ(difference("pkcs11:token=Bob"), "token");
    EXPECT_EQ(difference("pkcs11:manufacturer=Nobody"), "manufacturer");
    EXPECT_EQ(difference("pkcs11:serial=1"), "serial");
    EXPECT_EQ(difference("pkcs11:model=YubiKey"), "model");
    EXPECT_EQ(difference("pkcs11:slot-id=0"), "slot-id");
    EXPECT_EQ(difference("pkcs11:slot-description=Nope"), "slot-description");
    EXPECT_EQ(difference("pkcs11:slot-manufacturer=Nobody"), "slot-manufacturer");
    EXPECT_EQ(difference("pkcs11:library-manufacturer=Nobody"), "library-manufacturer");
    EXPECT_EQ(difference("pkcs11:library-description=Nope"), "library-description");
    EXPECT_EQ(difference("pkcs11:library-version=2"), "library-version");
    EXPECT_EQ(difference("pkcs11:token=Alice;slot-id=4"), "slot-id");
}

TEST(UriMatch, compares_objects_by_id_and_label) {
    Pkcs11Uri uri;
    EXPECT_FALSE(names_an_object(uri));
    EXPECT_TRUE(object_fits(uri, {1}, "any"));
    uri.id = Bytes{1};
    uri.object = "PIV Authentication";
    EXPECT_TRUE(names_an_object(uri));
    EXPECT_TRUE(object_fits(uri, {1}, "PIV Authentication"));
    EXPECT_FALSE(object_fits(uri, {2}, "PIV Authentication"));
    EXPECT_FALSE(object_fits(uri, {1}, "Digital Signature"));
}

}  // namespace
}  // namespace cardmux::tool

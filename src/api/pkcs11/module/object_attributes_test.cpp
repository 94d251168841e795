// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/module/object_attributes.h"

#include <gtest/gtest.h>

#include <array>

namespace cardmux::pkcs11 {
namespace {

ObjectAttributes example() {
    ObjectAttributes attributes;
    attributes.set_number(CKA_CLASS, CKO_PRIVATE_KEY);
    attributes.set_flag(CKA_SIGN, true);
    attributes.set_text(CKA_LABEL, "signing");
    attributes.set_text(CKA_SUBJECT, "");
    attributes.set_secret(CKA_PRIVATE_EXPONENT);
    return attributes;
}

TEST(ObjectAttributes, tells_the_size_without_a_buffer) {
    CK_ATTRIBUTE request{CKA_LABEL, nullptr, 0};
    EXPECT_EQ(example().read(request), CKR_OK);
    EXPECT_EQ(request.ulValueLen, 7u);
}

TEST(ObjectAttributes, copies_into_a_buffer_that_is_large_enough) {
    std::array<char, 9> buffer{};
    CK_ATTRIBUTE request{CKA_LABEL, buffer.data(), 8};
    EXPECT_EQ(example().read(request), CKR_OK);
    EXPECT_EQ(request.ulValueLen, 7u);
    EXPECT_STREQ(buffer.data(), "signing");
}

TEST(ObjectAttributes, leaves_a_short_buffer_alone) {
    std::array<char, 6> buffer{};
    CK_ATTRIBUTE request{CKA_LABEL, buffer.data(), buffer.size()};
    EXPECT_EQ(example().read(request), CKR_BUFFER_TOO_SMALL);
    EXPECT_EQ(request.ulValueLen, CK_UNAVAILABLE_INFORMATION);
    EXPECT_EQ(buffer[0], 0);
}

TEST(ObjectAttributes, gives_out_an_empty_value) {
    char buffer = 'x';
    CK_ATTRIBUTE request{CKA_SUBJECT, &buffer, 1};
    EXPECT_EQ(example().read(request), CKR_OK);
    EXPECT_EQ(request.ulValueLen, 0u);
}

TEST(ObjectAttributes, tells_secret_from_unknown) {
    CK_ATTRIBUTE secret{CKA_PRIVATE_EXPONENT, nullptr, 0};
    CK_ATTRIBUTE unknown{CKA_PRIME_1, nullptr, 0};
    EXPECT_EQ(example().read(secret), CKR_ATTRIBUTE_SENSITIVE);
    EXPECT_EQ(secret.ulValueLen, CK_UNAVAILABLE_INFORMATION);
    EXPECT_EQ(example().read(unknown), CKR_ATTRIBUTE_TYPE_INVALID);
    EXPECT_EQ(unknown.ulValueLen, CK_UNAVAILABLE_INFORMATION);
}

TEST(ObjectAttributes, match_a_template_only_as_a_whole) {
    CK_ULONG object_class = CKO_PRIVATE_KEY;
    CK_BBOOL yes = CK_TRUE;
    std::array<CK_ATTRIBUTE, 2> wanted = {CK_ATTRIBUTE{CKA_CLASS, &object_class, sizeof(CK_ULONG)},
                                          CK_ATTRIBUTE{CKA_SIGN, &yes, sizeof(yes)}};
    EXPECT_TRUE(example().match(wanted));
    EXPECT_TRUE(example().match({}));
    yes = CK_FALSE;
    EXPECT_FALSE(example().match(wanted));
}

TEST(ObjectAttributes, never_match_a_value_of_another_size) {
    CK_ULONG object_class = CKO_PRIVATE_KEY;
    const CK_ATTRIBUTE wanted{CKA_CLASS, &object_class, 1};
    EXPECT_FALSE(example().match({&wanted, 1}));
}

/// What C_GetAttributeValue leaves in a template that a program uses again. (UBSan saw it.)
TEST(ObjectAttributes, never_match_a_value_of_a_size_that_no_memory_has) {
    CK_ULONG object_class = CKO_PRIVATE_KEY;
    const CK_ATTRIBUTE wanted{CKA_CLASS, &object_class, CK_UNAVAILABLE_INFORMATION};
    EXPECT_FALSE(example().match({&wanted, 1}));
}

TEST(ObjectAttributes, never_match_a_secret) {
    CK_BYTE guess = 1;
    const CK_ATTRIBUTE wanted{CKA_PRIVATE_EXPONENT, &guess, 1};
    EXPECT_FALSE(example().match({&wanted, 1}));
}

}  // namespace
}  // namespace cardmux::pkcs11

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/writing/object_template.h"

#include <gtest/gtest.h>

#include <array>

namespace cardmux::pkcs11 {
namespace {

class ObjectTemplateTest : public testing::Test {
  protected:
    CK_RV read_code(std::vector<CK_ATTRIBUTE> attributes) {
        const auto read =
            ObjectTemplate::read(attributes.data(), static_cast<CK_ULONG>(attributes.size()));
        return read.ok() ? CKR_OK : read.error().code;
    }
    /// Of one attribute with this value, by this rule.
    CK_RV check_code(Rule rule, Bytes value) {
        const std::array rules = {AttributeRule{CKA_TOKEN, rule}};
        const CK_ATTRIBUTE attribute{CKA_TOKEN, value.data(), static_cast<CK_ULONG>(value.size())};
        const auto checked = ObjectTemplate::read(&attribute, 1)->check({rules});
        return checked.ok() ? CKR_OK : checked.error().code;
    }

    CK_BBOOL yes_ = CK_TRUE;
    CK_BBOOL no_ = CK_FALSE;
};

TEST_F(ObjectTemplateTest, is_read_only_if_each_attribute_has_its_value) {
    EXPECT_EQ(read_code({}), CKR_OK);
    EXPECT_EQ(read_code({{CKA_LABEL, nullptr, 0}}), CKR_OK);
    EXPECT_EQ(read_code({{CKA_LABEL, nullptr, 1}}), CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(read_code({{CKA_LABEL, &yes_, CK_UNAVAILABLE_INFORMATION}}),
              CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(ObjectTemplate::read(nullptr, 0).ok(), true);
    EXPECT_EQ(ObjectTemplate::read(nullptr, 1).error().code, CKR_ARGUMENTS_BAD);
}

TEST_F(ObjectTemplateTest, may_say_the_same_twice_and_nothing_else) {
    EXPECT_EQ(read_code({{CKA_TOKEN, &yes_, 1}, {CKA_TOKEN, &yes_, 1}}), CKR_OK);
    EXPECT_EQ(read_code({{CKA_TOKEN, &yes_, 1}, {CKA_TOKEN, &no_, 1}}), CKR_TEMPLATE_INCONSISTENT);
    EXPECT_EQ(read_code({{CKA_TOKEN, &yes_, 1}, {CKA_TOKEN, &yes_, 0}}), CKR_TEMPLATE_INCONSISTENT);
}

TEST_F(ObjectTemplateTest, is_held_against_the_rules) {
    EXPECT_EQ(check_code(Rule::True, {CK_TRUE}), CKR_OK);
    EXPECT_EQ(check_code(Rule::True, {CK_FALSE}), CKR_TEMPLATE_INCONSISTENT);
    EXPECT_EQ(check_code(Rule::True, {2}), CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(check_code(Rule::True, {}), CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(check_code(Rule::False, {CK_FALSE}), CKR_OK);
    EXPECT_EQ(check_code(Rule::False, {CK_TRUE}), CKR_TEMPLATE_INCONSISTENT);
    EXPECT_EQ(check_code(Rule::Empty, {}), CKR_OK);
    EXPECT_EQ(check_code(Rule::Empty, {1}), CKR_TEMPLATE_INCONSISTENT);
    EXPECT_EQ(check_code(Rule::Contributed, {}), CKR_ATTRIBUTE_READ_ONLY);
    EXPECT_EQ(check_code(Rule::NotKept, {9, 9, 9}), CKR_OK);
}

TEST_F(ObjectTemplateTest, has_no_attributes_that_no_table_knows) {
    const CK_ATTRIBUTE attribute{CKA_URL, nullptr, 0};
    const std::array rules = {AttributeRule{CKA_TOKEN, Rule::Read}};
    const std::array more = {AttributeRule{CKA_URL, Rule::Read}};
    const auto read = ObjectTemplate::read(&attribute, 1);
    EXPECT_EQ(read->check({rules}).error().code, CKR_ATTRIBUTE_TYPE_INVALID);
    EXPECT_TRUE(read->check({rules, more}).ok());
}

TEST_F(ObjectTemplateTest, is_of_the_session_unless_it_says_otherwise) {
    const CK_ATTRIBUTE on_token{CKA_TOKEN, &yes_, 1};
    const CK_ATTRIBUTE of_session{CKA_TOKEN, &no_, 1};
    EXPECT_TRUE(ObjectTemplate::read(&on_token, 1)->expect_on_token().ok());
    EXPECT_FALSE(ObjectTemplate::read(&of_session, 1)->expect_on_token().ok());
    EXPECT_FALSE(ObjectTemplate::read(nullptr, 0)->expect_on_token().ok());
}

TEST_F(ObjectTemplateTest, tells_what_is_missing_from_what_is_wrong) {
    CK_ULONG bits = 2048;
    const std::array attributes = {CK_ATTRIBUTE{CKA_MODULUS_BITS, &bits, sizeof(bits)},
                                   CK_ATTRIBUTE{CKA_CLASS, &yes_, 1}};
    const auto read = ObjectTemplate::read(attributes.data(), attributes.size());
    EXPECT_EQ(*read->require_number(CKA_MODULUS_BITS), 2048u);
    EXPECT_EQ(read->require_number(CKA_KEY_TYPE).error().code, CKR_TEMPLATE_INCOMPLETE);
    EXPECT_EQ(read->require_number(CKA_CLASS).error().code, CKR_ATTRIBUTE_VALUE_INVALID);
    EXPECT_EQ(read->require(CKA_VALUE).error().code, CKR_TEMPLATE_INCOMPLETE);
    EXPECT_TRUE(read->expect_number(CKA_KEY_TYPE, CKK_EC).ok());
    EXPECT_FALSE(read->expect_number(CKA_MODULUS_BITS, 3072).ok());
}

}  // namespace
}  // namespace cardmux::pkcs11

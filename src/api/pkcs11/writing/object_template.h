// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A template that an application gives for a new object (PKCS #11 v3.0, section 4.1.1): reading its
// values, and checking each attribute against what objects on a card can have. It looks at the
// caller's memory, and lives as long as the call. Pure: no card, no session.
#pragma once

#include <optional>
#include <span>

#include "api/pkcs11/outcome.h"
#include "base/bytes.h"

namespace cardmux::pkcs11 {

/// What a template may say of an attribute.
enum class Rule : unsigned char {
    Read,         ///< looked at by who makes the object
    NotKept,      ///< any value: the card keeps none
    True,         ///< nothing but CK_TRUE: the token cannot satisfy the other
    False,        ///< nothing but CK_FALSE
    Empty,        ///< nothing but an empty value: the token has no place for another
    Contributed,  ///< nothing: the token's own to say (CKR_ATTRIBUTE_READ_ONLY)
};

struct AttributeRule {
    CK_ATTRIBUTE_TYPE type;
    Rule rule;
};

class ObjectTemplate {
  public:
    /// errors    CKR_ARGUMENTS_BAD: no template; CKR_ATTRIBUTE_VALUE_INVALID: a size and no value;
    ///           CKR_TEMPLATE_INCONSISTENT: an attribute with two values
    static Outcome<ObjectTemplate> read(const CK_ATTRIBUTE* attributes, CK_ULONG count);

    /// Holds each attribute against its rule in one of the tables.
    ///
    /// errors    CKR_ATTRIBUTE_TYPE_INVALID: in none of them; CKR_ATTRIBUTE_READ_ONLY,
    ///           CKR_TEMPLATE_INCONSISTENT, CKR_ATTRIBUTE_VALUE_INVALID
    Outcome<void> check(std::initializer_list<std::span<const AttributeRule>> tables) const;

    std::optional<ByteView> find(CK_ATTRIBUTE_TYPE type) const;
    /// errors    CKR_TEMPLATE_INCOMPLETE
    Outcome<ByteView> require(CK_ATTRIBUTE_TYPE type) const;

    /// errors    CKR_ATTRIBUTE_VALUE_INVALID: no CK_BBOOL
    Outcome<std::optional<bool>> flag(CK_ATTRIBUTE_TYPE type) const;
    /// errors    CKR_ATTRIBUTE_VALUE_INVALID: no CK_ULONG
    Outcome<std::optional<CK_ULONG>> number(CK_ATTRIBUTE_TYPE type) const;
    /// errors    CKR_TEMPLATE_INCOMPLETE, and as number
    Outcome<CK_ULONG> require_number(CK_ATTRIBUTE_TYPE type) const;

    /// The attribute is not there, or says this.
    ///
    /// errors    CKR_TEMPLATE_INCONSISTENT: it says something else; as number
    Outcome<void> expect_number(CK_ATTRIBUTE_TYPE type, CK_ULONG value) const;
    /// errors    CKR_TEMPLATE_INCONSISTENT
    Outcome<void> expect(CK_ATTRIBUTE_TYPE type, ByteView value) const;
    /// Objects of the session, the standard's default, are not what a card is written for.
    ///
    /// errors    CKR_TEMPLATE_INCONSISTENT; as flag
    Outcome<void> expect_on_token() const;

  private:
    explicit ObjectTemplate(std::span<const CK_ATTRIBUTE> attributes) : attributes_(attributes) {}
    Outcome<void> check_one(const CK_ATTRIBUTE& attribute, Rule rule) const;

    std::span<const CK_ATTRIBUTE> attributes_;
};

}  // namespace cardmux::pkcs11

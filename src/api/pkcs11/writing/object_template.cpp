// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/writing/object_template.h"

#include <algorithm>
#include <cstring>

namespace cardmux::pkcs11 {
namespace {

ByteView value_of(const CK_ATTRIBUTE& attribute) {
    return {static_cast<const std::uint8_t*>(attribute.pValue), attribute.ulValueLen};
}

const Rule* find_rule(std::initializer_list<std::span<const AttributeRule>> tables,
                      CK_ATTRIBUTE_TYPE type) {
    for (const std::span<const AttributeRule> table : tables) {
        const auto found = std::ranges::find(table, type, &AttributeRule::type);
        if (found != table.end()) return &found->rule;
    }
    return nullptr;
}

}  // namespace

Outcome<ObjectTemplate> ObjectTemplate::read(const CK_ATTRIBUTE* attributes, CK_ULONG count) {
    if (attributes == nullptr && count > 0) return refuse(CKR_ARGUMENTS_BAD);
    const ObjectTemplate made(std::span(attributes, count));
    for (const CK_ATTRIBUTE& attribute : made.attributes_) {
        const bool has_value = attribute.pValue != nullptr;
        if (!has_value && attribute.ulValueLen > 0) return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
        if (attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION)
            return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
        // The first one counts; the same again does no harm.
        CARDMUX_TRY(made.expect(attribute.type, value_of(attribute)));
    }
    return made;
}

Outcome<void> ObjectTemplate::check(
    std::initializer_list<std::span<const AttributeRule>> tables) const {
    for (const CK_ATTRIBUTE& attribute : attributes_) {
        const Rule* rule = find_rule(tables, attribute.type);
        if (rule == nullptr) return refuse(CKR_ATTRIBUTE_TYPE_INVALID);
        CARDMUX_TRY(check_one(attribute, *rule));
    }
    return done();
}

Outcome<void> ObjectTemplate::check_one(const CK_ATTRIBUTE& attribute, Rule rule) const {
    switch (rule) {
        case Rule::Read:
        case Rule::NotKept:
            return done();
        case Rule::True:
        case Rule::False: {
            CARDMUX_TRY_ASSIGN(const std::optional<bool> said, flag(attribute.type));
            if (said == (rule == Rule::True)) return done();
            return refuse(CKR_TEMPLATE_INCONSISTENT);
        }
        case Rule::Empty:
            if (attribute.ulValueLen == 0) return done();
            return refuse(CKR_TEMPLATE_INCONSISTENT);
        case Rule::Contributed:
            break;
    }
    return refuse(CKR_ATTRIBUTE_READ_ONLY);
}

std::optional<ByteView> ObjectTemplate::find(CK_ATTRIBUTE_TYPE type) const {
    // On Windows the structure is packed: no reference to its fields.
    const auto found = std::ranges::find_if(
        attributes_, [type](const CK_ATTRIBUTE& attribute) { return attribute.type == type; });
    if (found == attributes_.end()) return std::nullopt;
    return value_of(*found);
}

Outcome<ByteView> ObjectTemplate::require(CK_ATTRIBUTE_TYPE type) const {
    const std::optional<ByteView> value = find(type);
    if (!value) return refuse(CKR_TEMPLATE_INCOMPLETE);
    return *value;
}

Outcome<std::optional<bool>> ObjectTemplate::flag(CK_ATTRIBUTE_TYPE type) const {
    const std::optional<ByteView> value = find(type);
    if (!value) return std::optional<bool>();
    if (value->size() != sizeof(CK_BBOOL) || (*value)[0] > CK_TRUE)
        return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    return std::optional<bool>((*value)[0] == CK_TRUE);
}

Outcome<std::optional<CK_ULONG>> ObjectTemplate::number(CK_ATTRIBUTE_TYPE type) const {
    const std::optional<ByteView> value = find(type);
    if (!value) return std::optional<CK_ULONG>();
    CK_ULONG number = 0;
    if (value->size() != sizeof(number)) return refuse(CKR_ATTRIBUTE_VALUE_INVALID);
    std::memcpy(&number, value->data(), sizeof(number));
    return std::optional<CK_ULONG>(number);
}

Outcome<CK_ULONG> ObjectTemplate::require_number(CK_ATTRIBUTE_TYPE type) const {
    CARDMUX_TRY_ASSIGN(const std::optional<CK_ULONG> found, number(type));
    if (!found) return refuse(CKR_TEMPLATE_INCOMPLETE);
    return *found;
}

Outcome<void> ObjectTemplate::expect_number(CK_ATTRIBUTE_TYPE type, CK_ULONG value) const {
    CARDMUX_TRY_ASSIGN(const std::optional<CK_ULONG> said, number(type));
    if (said.value_or(value) != value) return refuse(CKR_TEMPLATE_INCONSISTENT);
    return done();
}

Outcome<void> ObjectTemplate::expect(CK_ATTRIBUTE_TYPE type, ByteView value) const {
    const std::optional<ByteView> said = find(type);
    if (said && !equal(*said, value)) return refuse(CKR_TEMPLATE_INCONSISTENT);
    return done();
}

Outcome<void> ObjectTemplate::expect_on_token() const {
    CARDMUX_TRY_ASSIGN(const std::optional<bool> on_token, flag(CKA_TOKEN));
    if (!on_token.value_or(false)) return refuse(CKR_TEMPLATE_INCONSISTENT);
    return done();
}

}  // namespace cardmux::pkcs11

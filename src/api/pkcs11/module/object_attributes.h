// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The attributes of one object, in the form in which C_GetAttributeValue hands them out. It knows
// the rules of reading and matching, not what the attributes mean.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "api/pkcs11/outcome.h"
#include "base/bytes.h"

namespace cardmux::pkcs11 {

class ObjectAttributes {
  public:
    void set(CK_ATTRIBUTE_TYPE type, ByteView value) { values_[type] = to_bytes(value); }
    void set_number(CK_ATTRIBUTE_TYPE type, CK_ULONG value);
    void set_flag(CK_ATTRIBUTE_TYPE type, bool value);
    void set_text(CK_ATTRIBUTE_TYPE type, std::string_view text) { set(type, bytes_of(text)); }
    void set_numbers(CK_ATTRIBUTE_TYPE type, const std::vector<CK_ULONG>& values);
    /// The attribute exists, and its value is never told.
    void set_secret(CK_ATTRIBUTE_TYPE type) { secrets_.insert(type); }

    /// Fills one request by the rules of C_GetAttributeValue: ulValueLen becomes the size, or
    /// CK_UNAVAILABLE_INFORMATION with the code that says why.
    ///
    /// returns   CKR_OK, CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID or
    /// CKR_BUFFER_TOO_SMALL
    CK_RV read(CK_ATTRIBUTE& request) const;

    /// Whether both have this very attribute, or neither has it.
    bool agree(CK_ATTRIBUTE_TYPE type, const ObjectAttributes& other) const;

    /// Whether each attribute of the template is here with this very value.
    bool match(std::span<const CK_ATTRIBUTE> wanted) const;

    /// About how many bytes the object takes.
    std::size_t size() const;

    bool operator==(const ObjectAttributes&) const = default;

  private:
    std::map<CK_ATTRIBUTE_TYPE, Bytes> values_;
    std::set<CK_ATTRIBUTE_TYPE> secrets_;
};

}  // namespace cardmux::pkcs11

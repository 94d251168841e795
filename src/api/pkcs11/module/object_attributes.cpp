// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/module/object_attributes.h"

#include <algorithm>
#include <cstring>

namespace cardmux::pkcs11 {
namespace {

template <typename T>
ByteView raw_bytes(const T& value) {
    return {reinterpret_cast<const std::uint8_t*>(&value), sizeof(value)};
}

}  // namespace

void ObjectAttributes::set_number(CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
    set(type, raw_bytes(value));
}

void ObjectAttributes::set_flag(CK_ATTRIBUTE_TYPE type, bool value) {
    set(type, raw_bytes(static_cast<CK_BBOOL>(value ? CK_TRUE : CK_FALSE)));
}

void ObjectAttributes::set_numbers(CK_ATTRIBUTE_TYPE type, const std::vector<CK_ULONG>& values) {
    Bytes joined;
    for (const CK_ULONG value : values) append(joined, raw_bytes(value));
    set(type, joined);
}

CK_RV ObjectAttributes::read(CK_ATTRIBUTE& request) const {
    const auto found = values_.find(request.type);
    if (found == values_.end()) {
        request.ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return secrets_.count(request.type) > 0 ? CKR_ATTRIBUTE_SENSITIVE
                                                : CKR_ATTRIBUTE_TYPE_INVALID;
    }
    const Bytes& value = found->second;
    const CK_ULONG room = request.ulValueLen;
    request.ulValueLen = static_cast<CK_ULONG>(value.size());
    if (request.pValue == nullptr) return CKR_OK;
    if (room < value.size()) {
        request.ulValueLen = CK_UNAVAILABLE_INFORMATION;
        return CKR_BUFFER_TOO_SMALL;
    }
    if (!value.empty()) std::memcpy(request.pValue, value.data(), value.size());
    return CKR_OK;
}

bool ObjectAttributes::agree(CK_ATTRIBUTE_TYPE type, const ObjectAttributes& other) const {
    const auto ours = values_.find(type);
    const auto theirs = other.values_.find(type);
    if (ours == values_.end() || theirs == other.values_.end())
        return ours == values_.end() && theirs == other.values_.end();
    return ours->second == theirs->second;
}

bool ObjectAttributes::match(std::span<const CK_ATTRIBUTE> wanted) const {
    return std::all_of(wanted.begin(), wanted.end(), [this](const CK_ATTRIBUTE& attribute) {
        const auto found = values_.find(attribute.type);
        if (found == values_.end()) return false;
        const Bytes& value = found->second;
        // The size first: a caller's may be one that no memory has (CK_UNAVAILABLE_INFORMATION).
        if (attribute.ulValueLen != value.size()) return false;
        return equal(value, {static_cast<const std::uint8_t*>(attribute.pValue), value.size()});
    });
}

std::size_t ObjectAttributes::size() const {
    std::size_t total = 0;
    for (const auto& [type, value] : values_) total += sizeof(type) + value.size();
    return total;
}

}  // namespace cardmux::pkcs11

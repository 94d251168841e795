// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/module/token_objects.h"

#include <algorithm>

#include "api/pkcs11/module/describe_objects.h"

namespace cardmux::pkcs11 {
namespace {

bool same_object(const Object& a, const Object& b) {
    if (a.object_class != b.object_class || a.key_reference != b.key_reference) return false;
    if (a.is_private != b.is_private || a.key.has_value() != b.key.has_value()) return false;
    return a.key ? a.key->public_key == b.key->public_key
                 : a.attributes.agree(CKA_VALUE, b.attributes);
}

CK_OBJECT_HANDLE handle_before(const TokenObjects* before, const Object& object) {
    if (before == nullptr) return CK_INVALID_HANDLE;
    for (const auto& old : before->all()) {
        if (same_object(*old, object)) return old->handle;
    }
    return CK_INVALID_HANDLE;
}

}  // namespace

std::shared_ptr<const TokenObjects> TokenObjects::make(const token::TokenContents& contents,
                                                       const TokenObjects* before,
                                                       HandleSource& handles) {
    auto made = std::make_shared<TokenObjects>();
    for (Object& object : describe_objects(contents)) {
        const CK_OBJECT_HANDLE old = handle_before(before, object);
        object.handle = old != CK_INVALID_HANDLE ? old : handles.next(HandleKind::Object);
        made->objects_.push_back(std::make_shared<const Object>(std::move(object)));
    }
    return made;
}

std::shared_ptr<const TokenObjects> TokenObjects::with_new_private_handles(
    HandleSource& handles) const {
    auto made = std::make_shared<TokenObjects>();
    for (const auto& object : objects_) {
        if (!object->is_private) {
            made->objects_.push_back(object);
            continue;
        }
        Object renamed = *object;
        renamed.handle = handles.next(HandleKind::Object);
        made->objects_.push_back(std::make_shared<const Object>(std::move(renamed)));
    }
    return made;
}

std::shared_ptr<const Object> TokenObjects::find(CK_OBJECT_CLASS object_class,
                                                 std::uint8_t place) const {
    const auto found = std::ranges::find_if(objects_, [&](const auto& object) {
        return object->object_class == object_class && object->key_reference == place;
    });
    return found == objects_.end() ? nullptr : *found;
}

std::shared_ptr<const Object> TokenObjects::find(CK_OBJECT_HANDLE handle) const {
    const auto found = std::find_if(objects_.begin(), objects_.end(),
                                    [&](const auto& object) { return object->handle == handle; });
    return found == objects_.end() ? nullptr : *found;
}

}  // namespace cardmux::pkcs11

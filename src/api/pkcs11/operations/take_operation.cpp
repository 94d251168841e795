// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "api/pkcs11/operations/take_operation.h"

namespace cardmux::pkcs11 {

Outcome<std::shared_ptr<const Object>> find_key(Session& session, CK_OBJECT_HANDLE handle,
                                                CK_OBJECT_CLASS object_class) {
    std::shared_ptr<const Object> object = session.token().find(handle);
    if (object == nullptr || !object->key) return refuse(CKR_KEY_HANDLE_INVALID);
    if (object->object_class != object_class) return refuse(CKR_KEY_TYPE_INCONSISTENT);
    if (object->is_private && !session.token().is_logged_in())
        return refuse(CKR_USER_NOT_LOGGED_IN);
    return object;
}

}  // namespace cardmux::pkcs11

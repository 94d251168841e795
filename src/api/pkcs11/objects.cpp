// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Object management (PKCS #11, section 5.7), reading: find objects, read their attributes.
#include <algorithm>
#include <span>

#include "api/pkcs11/boundary.h"
#include "api/pkcs11/operations/take_operation.h"

namespace cardmux::pkcs11 {
namespace {

/// errors    CKR_OBJECT_HANDLE_INVALID
Outcome<std::shared_ptr<const Object>> find_object(Session& session, CK_OBJECT_HANDLE handle) {
    std::shared_ptr<const Object> object = session.token().find(handle);
    if (object == nullptr) return refuse(CKR_OBJECT_HANDLE_INVALID);
    return object;
}

/// Fills what it can; the code of the first attribute that it could not fill.
Outcome<void> read_attributes(Session& session, CK_OBJECT_HANDLE handle, CK_ATTRIBUTE* attributes,
                              CK_ULONG count) {
    CARDMUX_TRY_ASSIGN(const std::shared_ptr<const Object> object, find_object(session, handle));
    if (attributes == nullptr && count > 0) return refuse(CKR_ARGUMENTS_BAD);
    CK_RV first_failure = CKR_OK;
    for (CK_ATTRIBUTE& request : std::span(attributes, count)) {
        const CK_RV code = object->attributes.read(request);
        if (first_failure == CKR_OK) first_failure = code;
    }
    if (first_failure != CKR_OK) return refuse(first_failure);
    return done();
}

bool is_readable(std::span<const CK_ATTRIBUTE> wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [](const CK_ATTRIBUTE& attribute) {
        return attribute.pValue != nullptr || attribute.ulValueLen == 0;
    });
}

Outcome<void> start_finding(Session& session, CK_ATTRIBUTE* attributes, CK_ULONG count) {
    if (session.operations()->finding) return refuse(CKR_OPERATION_ACTIVE);
    if (attributes == nullptr && count > 0) return refuse(CKR_ARGUMENTS_BAD);
    const std::span<const CK_ATTRIBUTE> wanted(attributes, count);
    if (!is_readable(wanted)) return refuse(CKR_ARGUMENTS_BAD);
    CARDMUX_TRY_ASSIGN(const std::shared_ptr<const TokenObjects> objects,
                       session.token().objects(session.client()));
    const bool is_logged_in = session.token().is_logged_in();
    FindOperation finding;
    for (const auto& object : objects->all()) {
        if (object->is_private && !is_logged_in) continue;
        if (object->attributes.match(wanted)) finding.found.push_back(object->handle);
    }
    return begin_operation(session, &Operations::finding, std::move(finding));
}

Outcome<void> tell_found(Session& session, CK_OBJECT_HANDLE* objects, CK_ULONG objects_max,
                         CK_ULONG* count) {
    auto operations = session.operations();
    std::optional<FindOperation>& finding = operations->finding;
    if (!finding) return refuse(CKR_OPERATION_NOT_INITIALIZED);
    if (count == nullptr || (objects == nullptr && objects_max > 0)) {
        return refuse(CKR_ARGUMENTS_BAD);
    }
    const std::size_t told =
        std::min<std::size_t>(objects_max, finding->found.size() - finding->told_count);
    for (std::size_t i = 0; i < told; ++i) objects[i] = finding->found[finding->told_count + i];
    finding->told_count += told;
    *count = static_cast<CK_ULONG>(told);
    return done();
}

}  // namespace
}  // namespace cardmux::pkcs11

using namespace cardmux::pkcs11;

CK_RV C_GetObjectSize(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                      CK_ULONG_PTR size) noexcept {
    return session_call("C_GetObjectSize", session, [&](Session& s) -> Outcome<void> {
        CARDMUX_TRY_ASSIGN(const std::shared_ptr<const Object> found, find_object(s, object));
        if (size == nullptr) return refuse(CKR_ARGUMENTS_BAD);
        *size = static_cast<CK_ULONG>(found->attributes.size());
        return done();
    });
}

/// CKR_ATTRIBUTE_SENSITIVE, CKR_ATTRIBUTE_TYPE_INVALID, CKR_BUFFER_TOO_SMALL. Asks no card.
CK_RV C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                          CK_ATTRIBUTE_PTR attributes, CK_ULONG count) noexcept {
    return session_call("C_GetAttributeValue", session,
                        [&](Session& s) { return read_attributes(s, object, attributes, count); });
}

/// Waits for the card the first time after it was inserted.
CK_RV C_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR attributes,
                        CK_ULONG count) noexcept {
    return session_call("C_FindObjectsInit", session,
                        [&](Session& s) { return start_finding(s, attributes, count); });
}

CK_RV C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR objects, CK_ULONG objects_max,
                    CK_ULONG_PTR count) noexcept {
    return session_call("C_FindObjects", session,
                        [&](Session& s) { return tell_found(s, objects, objects_max, count); });
}

CK_RV C_FindObjectsFinal(CK_SESSION_HANDLE session) noexcept {
    return session_call("C_FindObjectsFinal", session,
                        [](Session& s) { return cancel_operation(s, &Operations::finding); });
}

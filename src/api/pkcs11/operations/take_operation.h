// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Beginning an operation, and taking it out of its session to finish it, by the standard's rules of
// order: Init while one is active is refused; a whole message does not mix with parts; asking for
// the size and a buffer that is too small leave the operation; everything else ends it.
#pragma once

#include <utility>

#include "api/pkcs11/module/session.h"
#include "api/pkcs11/operations/buffers.h"

namespace cardmux::pkcs11 {

template <typename Operation>
using OperationPlace = std::optional<Operation> Operations::*;

/// Whether a call brings the whole message, or ends one that came in parts.
enum class Message : unsigned char { Whole, InParts };

/// The key of an Init call, which the caller may use now.
///
/// errors    CKR_KEY_HANDLE_INVALID, CKR_KEY_TYPE_INCONSISTENT, CKR_USER_NOT_LOGGED_IN
Outcome<std::shared_ptr<const Object>> find_key(Session& session, CK_OBJECT_HANDLE handle,
                                                CK_OBJECT_CLASS object_class);

/// Ends the operation, as Init with a null mechanism does in 3.0.
///
/// errors    CKR_OPERATION_NOT_INITIALIZED
template <typename Operation>
Outcome<void> cancel_operation(Session& session, OperationPlace<Operation> place) {
    auto operations = session.operations();
    std::optional<Operation>& operation = (*operations).*place;
    if (!operation) return refuse(CKR_OPERATION_NOT_INITIALIZED);
    operation.reset();
    return done();
}

/// errors    CKR_OPERATION_ACTIVE
template <typename Operation>
Outcome<void> begin_operation(Session& session, OperationPlace<Operation> place, Operation begun) {
    auto operations = session.operations();
    std::optional<Operation>& operation = (*operations).*place;
    if (operation) return refuse(CKR_OPERATION_ACTIVE);
    operation = std::move(begun);
    return done();
}

/// Init with a key.
///
/// errors    as find_key, Operation::start and begin_operation
template <typename Operation>
Outcome<void> begin_with_key(Session& session, OperationPlace<Operation> place,
                             const CK_MECHANISM* mechanism, CK_OBJECT_HANDLE key,
                             CK_OBJECT_CLASS key_class) {
    if (mechanism == nullptr) return cancel_operation(session, place);
    if ((*session.operations()).*place) return refuse(CKR_OPERATION_ACTIVE);
    CARDMUX_TRY_ASSIGN(std::shared_ptr<const Object> object, find_key(session, key, key_class));
    CARDMUX_TRY_ASSIGN(Operation begun, Operation::start(*mechanism, std::move(object)));
    return begin_operation(session, place, std::move(begun));
}

/// A whole message cannot follow parts.
template <typename Operation>
bool may_finish(const std::optional<Operation>& operation, Message message) {
    return operation && (message == Message::InParts || !operation->is_in_parts());
}

/// Takes the operation out, to be finished by the caller.
///
/// errors    CKR_OPERATION_NOT_INITIALIZED
template <typename Operation>
Outcome<Operation> take_operation(Session& session, OperationPlace<Operation> place,
                                  Message message) {
    auto operations = session.operations();
    std::optional<Operation>& operation = (*operations).*place;
    if (!may_finish(operation, message)) return refuse(CKR_OPERATION_NOT_INITIALIZED);
    return *std::exchange(operation, std::nullopt);
}

/// As take_operation, if the result has room in `output`; else the size is told, the operation
/// stays, and nothing is returned in the optional (success) or CKR_BUFFER_TOO_SMALL is the error.
template <typename Operation>
Outcome<std::optional<Operation>> take_if_room(Session& session, OperationPlace<Operation> place,
                                               Message message, OutputBuffer& output) {
    auto operations = session.operations();
    std::optional<Operation>& operation = (*operations).*place;
    if (!may_finish(operation, message)) return refuse(CKR_OPERATION_NOT_INITIALIZED);
    if (output.is_valid() && !output.has_room_for(operation->result_size())) {
        CARDMUX_TRY(output.tell_size(operation->result_size()));
        return std::optional<Operation>();
    }
    std::optional<Operation> taken = std::exchange(operation, std::nullopt);
    if (!output.is_valid()) return refuse(CKR_ARGUMENTS_BAD);
    return taken;
}

/// Feeds a part to the operation. Software only: the lock is held.
///
/// errors    CKR_OPERATION_NOT_INITIALIZED; `part`'s own and those of Operation::update, which end
///           the operation
template <typename Operation>
Outcome<void> update_operation(Session& session, OperationPlace<Operation> place,
                               const Outcome<ByteView>& part) {
    auto operations = session.operations();
    std::optional<Operation>& operation = (*operations).*place;
    if (!operation) return refuse(CKR_OPERATION_NOT_INITIALIZED);
    Outcome<void> fed = part.ok() ? operation->update(*part) : Outcome<void>(part.error());
    if (!fed.ok()) operation.reset();
    return fed;
}

}  // namespace cardmux::pkcs11

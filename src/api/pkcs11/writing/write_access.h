// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Who may write: what each function asks that changes a card, before it looks at a template.
#pragma once

#include "api/pkcs11/module/session.h"

namespace cardmux::pkcs11 {

/// A card's objects are written with the management key, which is ours to use for who has logged
/// in: for certificates, too, which the standard would let anybody write.
///
/// errors    CKR_SESSION_READ_ONLY, CKR_USER_NOT_LOGGED_IN
inline Outcome<void> check_may_write(const Session& session) {
    if (!session.is_read_write()) return refuse(CKR_SESSION_READ_ONLY);
    if (!session.token().is_logged_in()) return refuse(CKR_USER_NOT_LOGGED_IN);
    return done();
}

/// Reads what the card holds after it was written, so that all sessions know it from now on.
///
/// errors    those of Token::contents
/// waits     for the card
inline Outcome<std::shared_ptr<const TokenObjects>> objects_after_writing(Session& session) {
    return session.token().objects(session.client());
}

}  // namespace cardmux::pkcs11

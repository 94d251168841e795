// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Random numbers (PKCS #11, section 5.20): the operating system's. A card's own are slower, and no
// better than what the system makes of many sources.
#include "api/pkcs11/boundary.h"

using namespace cardmux::pkcs11;

/// The system's generator takes no seed.
CK_RV C_SeedRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR, CK_ULONG) noexcept {
    return refuse_session_call("C_SeedRandom", session, CKR_RANDOM_SEED_NOT_SUPPORTED);
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE session, CK_BYTE_PTR output,
                       CK_ULONG output_size) noexcept {
    return session_call("C_GenerateRandom", session, [&](Session&) -> Outcome<void> {
        if (output == nullptr && output_size > 0) return refuse(CKR_ARGUMENTS_BAD);
        cardmux::system_random().fill({output, output_size});
        return done();
    });
}

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Public keys in and out; making and deleting keys, as far as it goes: this version does not write
// to cards, so that what would write says so, after all checks, and the log says why.
#pragma once

#include "api/ksp/ksp.h"
#include "api/ksp/output.h"

namespace cardmux::ksp {

/// export_key    0: a card's key is not encrypted for another
/// errors    NTE_NOT_SUPPORTED: a private key, or `export_key`; NTE_BAD_TYPE, NTE_BAD_KEY_STATE,
///           NTE_BAD_FLAGS, NTE_BUFFER_TOO_SMALL
Outcome<void> export_key(KspKey& key, Handle export_key, const std::string& type, Output& blob,
                         std::uint32_t flags);

struct Import {
    Handle import_key = 0;
    std::string type;
    ByteView blob;
    std::string name;  ///< of the container to be made, for a private key; empty: none
    std::uint32_t flags = 0;
};

/// A public key becomes a key of its own, for verifying, encrypting and key agreements.
///
/// errors    NTE_BAD_TYPE, NTE_BAD_DATA, NTE_BAD_FLAGS; for private keys NTE_PERM (the registry
///           does not allow it), else NTE_NOT_SUPPORTED
Outcome<Handle> import_key(Ksp& ksp, Handle provider, const Import& import);

/// The object alone: nothing reaches the card before finalize_key().
///
/// errors    NTE_NOT_SUPPORTED: an algorithm that cards do not have, a key without name;
///           NTE_INVALID_PARAMETER: no possible name; NTE_EXISTS, without
///           NCRYPT_OVERWRITE_KEY_FLAG; those of the card's world
/// waits     for the card the first time
Outcome<Handle> create_key(Ksp& ksp, Handle provider, const std::string& algorithm,
                           const std::string& name, std::uint32_t flags);

/// errors    NTE_BAD_KEY_STATE: there is such a key already; else NTE_NOT_SUPPORTED
Outcome<void> finalize_key(Ksp& ksp, KspKey& key, std::uint32_t flags);

/// errors    NTE_BAD_KEY_STATE: not made yet; NTE_NOT_SUPPORTED: not a card's; else
///           SCARD_E_READ_ONLY_CARD. The handle stays good
Outcome<void> delete_key(Ksp& ksp, KspKey& key, std::uint32_t flags);

}  // namespace cardmux::ksp

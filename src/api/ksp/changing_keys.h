// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Keys in and out, made, imported and deleted. A key is planned first, by create_key() or
// import_key(), its properties are set, and finalize_key() puts it on the card.
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
    std::string curve_name;  ///< what a generic ECC blob does not say; empty: none
};

/// A public key becomes a key of its own, for verifying, encrypting and key agreements. A private
/// one goes to a card, at once or, with NCRYPT_DO_NOT_FINALIZE_FLAG, in finalize_key().
///
/// errors    NTE_BAD_TYPE, NTE_BAD_DATA, NTE_BAD_FLAGS, NTE_NOT_SUPPORTED (an encrypted key,
///           another curve), NTE_INVALID_PARAMETER (a generic ECC blob without its curve's name);
///           for private keys NTE_PERM (the registry does not allow it), and as create_key() and
///           finalize_key()
/// waits     as finalize_key(), if it is a private key
Outcome<Handle> import_key(Ksp& ksp, Handle provider, const Import& import);

struct Creation {
    std::string algorithm;
    std::string name;
    std::uint32_t legacy_spec = 0;
    std::uint32_t flags = 0;
};

/// The object alone: nothing is written before finalize_key().
///
/// name           in all the forms of container_name.h. Without a container's name the card has one
///                for the key; the derived name of a place (piv-9d-...) means this place
/// legacy_spec    AT_SIGNATURE: the key only signs; 0, AT_KEYEXCHANGE
/// errors    NTE_NOT_SUPPORTED: an algorithm that cards do not have; NTE_INVALID_PARAMETER: no
///           possible name; NTE_EXISTS, without NCRYPT_OVERWRITE_KEY_FLAG; those of the card's
///           world
/// waits     for the card the first time
Outcome<Handle> create_key(Ksp& ksp, Handle provider, const Creation& creation);

/// Makes the key on the card, or takes it there. Its handle means the finished key then; if it
/// fails, it can be tried again.
///
/// errors    NTE_INVALID_HANDLE; NTE_BAD_KEY_STATE: it is made already, is being made, or is to be
///           "ECDSA" or "ECDH" on a curve that was not named ("ECCCurveName"); NTE_PERM: the
///           registry does not allow the import; NTE_SILENT_CONTEXT: the PIN would have to be
///           asked for; NTE_EXISTS; NTE_TOKEN_KEYSET_STORAGE_FULL; NTE_NOT_SUPPORTED: the card
///           cannot be written, or takes no such key or name; SCARD_W_SECURITY_VIOLATION: no
///           management key; SCARD_E_UNEXPECTED: whether it was written is not known; those of the
///           PIN and of the card's world
/// waits     for the card, and for a person if the PIN is asked for; for RSA a minute and more
Outcome<void> finalize_key(Ksp& ksp, Handle provider, Handle key, std::uint32_t flags);

/// The key, its certificate and its name; then the handle is freed.
///
/// errors    NTE_INVALID_HANDLE; NTE_BAD_KEY_STATE: not made yet; NTE_NOT_SUPPORTED: not a card's;
///           NTE_BAD_KEYSET: another key is in its place; SCARD_E_READ_ONLY_CARD; as
///           finalize_key(). The handle stays good then
/// waits     as finalize_key()
Outcome<void> delete_key(Ksp& ksp, Handle provider, Handle key, std::uint32_t flags);

/// The certificate of a card's key, in place of the one that is there.
///
/// der       X.509 with this key's public key; empty: the certificate is removed
/// errors    NTE_BAD_KEY_STATE, NTE_NOT_SUPPORTED, NTE_BAD_KEYSET: as delete_key();
///           NTE_BAD_DATA: no certificate, or another key's; as delete_key()
/// waits     as finalize_key()
Outcome<void> set_certificate(Ksp& ksp, KspKey& key, ByteView der, std::uint32_t flags);

/// What the card holds now, if this key is still there; else what it held when the key was opened.
/// No APDU unless the card is read anew.
std::shared_ptr<const token::TokenContents> contents_around(const KspKey& key);

}  // namespace cardmux::ksp

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What keys are for: sign and verify, decrypt and encrypt, agree on a secret and derive from it.
// All numbers are big-endian, as everywhere in CNG.
#pragma once

#include "api/ksp/derivation/key_derivation.h"
#include "api/ksp/ksp.h"
#include "api/ksp/output.h"

namespace cardmux::ksp {

/// What a call says of padding: its flags, all of them, and the structure that they name
/// (BCRYPT_PKCS1_, PSS_, OAEP_PADDING_INFO).
struct Padding {
    std::uint32_t flags = 0;
    bool is_given = false;      ///< the caller passed a structure
    std::string hash_name;      ///< empty: none
    std::size_t salt_size = 0;  ///< PSS, bytes
    Bytes label;                ///< OAEP
};

/// errors    NTE_INVALID_HANDLE, NTE_BAD_FLAGS, NTE_INVALID_PARAMETER (padding of another kind, a
///           hash of the wrong size), NTE_NOT_SUPPORTED (a hash that we do not compute);
///           NTE_NO_KEY: a public key; NTE_PERM: a key that is not for this; NTE_BAD_KEY_STATE: not
///           finalised; NTE_SILENT_CONTEXT: a person would have to be asked; those of the card
/// waits     for the card, and for a person if one is asked; a question for the size, which needs
///           no hash, for nothing
Outcome<void> sign_hash(Ksp& ksp, KspKey& key, const Padding& padding, ByteView hash,
                        Output& signature);

/// With BCRYPT_PAD_PKCS1_OPTIONAL_HASH_OID, which only this call takes, a PKCS #1 signature may
/// also be of the hash alone, or of a DigestInfo whose algorithm lacks its parameters.
///
/// errors    NTE_BAD_SIGNATURE; as sign_hash. No card is asked
Outcome<void> verify_signature(KspKey& key, const Padding& padding, ByteView hash,
                               ByteView signature);

/// errors    as sign_hash. No card is asked
Outcome<void> encrypt(Ksp& ksp, KspKey& key, const Padding& padding, ByteView message,
                      Output& encrypted);

/// `message` may be where `encrypted` is.
///
/// errors    as sign_hash; NTE_BAD_DATA: wrong padding, whatever is wrong about it
/// waits     as sign_hash
Outcome<void> decrypt(Ksp& ksp, KspKey& key, const Padding& padding, ByteView encrypted,
                      Output& message);

/// The card computes now; the secret is kept under the handle.
///
/// errors    as sign_hash; NTE_INVALID_PARAMETER: keys of different curves
/// waits     as sign_hash
Outcome<Handle> agree(Ksp& ksp, KspKey& key, KspKey& peer, std::uint32_t flags);

/// errors    as derive_key; NTE_BAD_FLAGS
Outcome<void> derive(KspSecret& secret, const std::string& function,
                     const std::vector<KdfParameter>& parameters, Output& key, std::uint32_t flags);

}  // namespace cardmux::ksp

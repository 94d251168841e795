// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The mechanisms of this module: one table, and the translation of a CK_MECHANISM with its
// parameters into what the token layer understands. Pure: no card, no session.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "api/pkcs11/outcome.h"
#include "drivers/card_driver.h"
#include "token/signature_scheme.h"

namespace cardmux::pkcs11 {

enum class MechanismFamily : unsigned char {
    RsaPkcs1,
    RsaRaw,
    RsaPss,
    RsaOaep,
    Ecdsa,
    Digest,
    RsaKeyPair,
    EcKeyPair,
};

struct MechanismRow {
    CK_MECHANISM_TYPE type;
    MechanismFamily family;
    std::optional<crypto::HashAlgorithm> hash;  ///< done by us before the card is asked
    CK_FLAGS flags;
};

/// All of them, in the order in which C_GetMechanismList tells them.
std::span<const MechanismRow> mechanism_table();

/// Null if this module does not have it.
const MechanismRow* find_mechanism(CK_MECHANISM_TYPE type);

/// Key sizes in bits, and the row's flags.
CK_MECHANISM_INFO mechanism_info(const MechanismRow& row);

/// Types of all mechanisms that this key can be used with for at least one of the purposes `flags`.
std::vector<CK_ULONG> mechanisms_of(const drivers::CardKey& key, CK_FLAGS flags);

/// Bytes of this key's signatures: the modulus, or r and s joined.
std::size_t signature_size(const crypto::PublicKey& key);

/// How a signature is made: hash what comes (if there is a hash), put it into a DigestInfo (if PKCS
/// #1 v1.5 follows), then use the scheme.
struct SignaturePlan {
    std::optional<crypto::HashAlgorithm> hash;
    token::SignatureScheme scheme;
};

/// `purpose` is CKF_SIGN or CKF_VERIFY.
///
/// errors    CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID, CKR_KEY_TYPE_INCONSISTENT
Outcome<SignaturePlan> plan_signature(const CK_MECHANISM& mechanism, const crypto::PublicKey& key,
                                      CK_FLAGS purpose);

/// errors    as plan_signature
Outcome<token::DecryptionScheme> plan_decryption(const CK_MECHANISM& mechanism,
                                                 const crypto::PublicKey& key);

/// errors    CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID
Outcome<crypto::HashAlgorithm> plan_digest(const CK_MECHANISM& mechanism);

}  // namespace cardmux::pkcs11

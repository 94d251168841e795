// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the CSP writes to a card: the key of a context's container, its certificate, and their end.
// All of it wants the PIN, which a person is asked for unless the context is silent.
#pragma once

#include <string>

#include "api/csp/csp_objects_windows.h"
#include "api/csp/csp_outcome.h"
#include "token/new_key.h"

namespace cardmux::csp {

/// For a container that nobody gave a name: a GUID in text form, as Base CSP's.
Outcome<std::string> make_container_name(const CspContext& context);

/// Where a key comes from: the card makes it, or it is imported.
using KeySource = decltype(token::NewKey::source);

/// CRYPT_USER_PROTECTED wants a person to be asked before each use of a new key; of a card's keys
/// that is what the PIN's rules say.
///
/// errors    NTE_SILENT_CONTEXT: the flag, and nobody may be asked
Outcome<void> may_protect(const CspContext& context, DWORD flags);

/// Puts a key into the context's container, in place of the one that is there, if it has one of
/// this kind. The context has it afterwards.
///
/// errors    SCARD_E_NO_SMARTCARD: a context of no card; NTE_BAD_KEYSET: of no container;
///           NTE_TOKEN_KEYSET_STORAGE_FULL: the container has a key of the other kind, the card has
///           its one key for signatures only, or is full; SCARD_E_UNSUPPORTED_FEATURE: the card
///           cannot be written, or makes no such key; LoginRequired, ManagementKeyRequired,
///           AlreadyExists, OutcomeUnknown, ...: as KeyAccess::create_key
/// waits     for the card, which may search primes for a minute, and for a person if one is asked
Outcome<container::FoundContainer> make_key(CspContext& context, container::KeySpec spec,
                                            KeySource source);

/// Deletes the container's key and certificate. The context keeps the name, for a new key.
///
/// errors    NTE_NO_KEY: it has no key; as make_key
Outcome<void> delete_key(CspContext& context);

/// Writes a certificate for a key of the context's card, in place of the one that is there.
///
/// der       empty: removes it
/// errors    DataInvalid: no certificate, or another key's; as make_key
Outcome<void> write_certificate(CspContext& context, const container::FoundContainer& key,
                                ByteView der);

/// Writes certificates for the keys of the context's card that are in them, one after the other;
/// those that are there already cost nothing. All are looked at before the first is written.
///
/// errors    SCARD_E_NO_SMARTCARD: a context of no card; DataInvalid: as match_certificates; as
///           write_certificate
Outcome<void> write_certificates(CspContext& context, const std::vector<Bytes>& ders);

}  // namespace cardmux::csp

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Which card and which container a name and the flags of CPAcquireContext mean.
#pragma once

#include <string>

#include "api/csp/csp_objects_windows.h"
#include "api/csp/csp_outcome.h"

namespace cardmux::csp {

/// Finds what the context is to be of, makes it (CRYPT_NEWKEYSET) or deletes it
/// (CRYPT_DELETEKEYSET). If no card fits, a person is asked to insert one, unless the context is
/// silent or for public data only, or nobody would see the question. With CRYPT_MACHINE_KEYSET the
/// cards are read anew first.
///
/// name      UTF-8, as CPAcquireContext takes it
/// errors    as container::find_container; SCARD_E_UNKNOWN_READER, NTE_EXISTS, NTE_SILENT_CONTEXT;
///           Cancelled (detail: cancelled_by_person)
/// waits     for the card, and for a person if one is asked
Outcome<void> open_context(CspContext& context, const std::string& name);

/// Gives a context that opened no card the one in a reader.
///
/// errors    NTE_FIXEDPARAMETER: it has another one; SCARD_E_UNKNOWN_READER; as container::card_in
/// waits     for the card the first time
Outcome<void> choose_reader(CspContext& context, const std::string& reader);

/// The same by the sixteen bytes of PP_SMARTCARD_GUID.
///
/// errors    NTE_FIXEDPARAMETER; SCARD_E_NO_SMARTCARD: no card there has this one; as
///           container::all_cards
Outcome<void> choose_card(CspContext& context, ByteView guid);

}  // namespace cardmux::csp

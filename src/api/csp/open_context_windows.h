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

}  // namespace cardmux::csp

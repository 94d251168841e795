// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Properties of providers and keys (SecCNG, "Key Storage Property Identifiers"): all that Smart
// Card KSP has, with its types. Numbers are little-endian, texts UTF-16 with a zero at the end.
#pragma once

#include "api/ksp/ksp.h"
#include "api/ksp/output.h"

namespace cardmux::ksp {

/// errors    NTE_BAD_FLAGS; NTE_NOT_SUPPORTED: no such property, or it cannot be read;
///           NTE_NOT_FOUND: there is none on this card; NTE_BUFFER_TOO_SMALL; those of the card's
///           world
/// waits     for the card the first time, and only for what is the card's (its GUID and store)
Outcome<void> get_provider_property(Ksp& ksp, Handle provider, const std::string& name,
                                    Output& value, std::uint32_t flags);

/// SmartCardPin is presented to the card that the provider means, and counts for the whole process.
///
/// errors    NTE_NOT_SUPPORTED: no such property, or it cannot be set; NTE_INVALID_PARAMETER: a
///           value of the wrong form, or too long; SCARD_W_WRONG_CHV, SCARD_W_CHV_BLOCKED;
///           SCARD_E_UNSUPPORTED_FEATURE: a session PIN
/// waits     for the card, if it is a PIN
Outcome<void> set_provider_property(Ksp& ksp, Handle provider, const std::string& name,
                                    ByteView value, std::uint32_t flags);

/// errors    as get_provider_property; NTE_BAD_KEY_STATE: known only when the key is made, or its
///           curve is named
/// waits     for the card, if it was put in anew and its certificate is asked for; for the smart
///           card service, which has the reader's icon; else for nothing
Outcome<void> get_key_property(Ksp& ksp, KspKey& key, const std::string& name, Output& value,
                               std::uint32_t flags);

/// errors    as set_provider_property; NTE_BAD_KEY_STATE: it can be set only before the key is made
/// waits     as set_provider_property
Outcome<void> set_key_property(Ksp& ksp, KspKey& key, const std::string& name, ByteView value,
                               std::uint32_t flags);

}  // namespace cardmux::ksp

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Opening providers and keys, and listing what there is.
#pragma once

#include "api/ksp/ksp.h"
#include "container/container_name.h"

namespace cardmux::ksp {

/// Touches no card and no smart card service.
///
/// name      what we are registered as; empty: our own
Outcome<Handle> open_provider(Ksp& ksp, const std::string& name, std::uint32_t flags);

/// A container's name as this provider means it: in the reader that was set, if it names none.
///
/// errors    NTE_INVALID_PARAMETER
Outcome<container::ContainerName> parse_name(KspProvider& provider, const std::string& text);

/// A card's key by the name of its container, in all the forms of container_name.h.
///
/// legacy_spec    0: whichever key the container holds; AT_KEYEXCHANGE 1, AT_SIGNATURE 2
/// errors    NTE_INVALID_HANDLE, NTE_BAD_FLAGS, NTE_INVALID_PARAMETER (a name of no such form);
///           NTE_BAD_KEYSET: no card has it, or not of this kind; SCARD_E_UNKNOWN_READER;
///           SCARD_E_NO_SMARTCARD and other codes of the card's world
/// waits     for the card the first time, later for nothing
Outcome<Handle> open_key(Ksp& ksp, Handle provider, const std::string& name,
                         std::uint32_t legacy_spec, std::uint32_t flags);

struct ListedKey {
    std::string name;
    const char* algorithm = "";
    std::uint32_t legacy_spec = 0;
};

struct KeyListing {
    std::vector<ListedKey> keys;
    std::optional<Error> end;  ///< told in place of the end: a card that others kept busy
};

/// All keys, or with the scope `\\.\reader` those of one card.
///
/// errors    NTE_INVALID_HANDLE, NTE_BAD_FLAGS, NTE_INVALID_PARAMETER, SCARD_E_UNKNOWN_READER.
///           That there is no card is not one: there are no keys then
Outcome<KeyListing> list_keys(Ksp& ksp, Handle provider, const std::string& scope,
                              std::uint32_t flags);

/// The card that a provider means: of the reader that was set, else the first.
///
/// errors    as open_key
Outcome<container::CardInReader> card_of(Ksp& ksp, KspProvider& provider);
/// The card that a new key of this name goes to: container::card_for_new_container().
///
/// errors    as open_key
Outcome<container::CardInReader> card_for_new_key(Ksp& ksp, const KspProvider& provider,
                                                  const container::ContainerName& name);

/// A container that is there.
///
/// client    who asks
/// errors    as open_key
Outcome<container::FoundContainer> find_named(Ksp& ksp, const container::ContainerName& name,
                                              token::Client& client);

/// operations    0: all; else any of `operation`
/// errors    NTE_INVALID_HANDLE, NTE_BAD_FLAGS; NTE_INVALID_PARAMETER: no such operation;
///           NTE_NOT_SUPPORTED: there is none
Outcome<std::vector<const Algorithm*>> list_algorithms(Ksp& ksp, Handle provider,
                                                       std::uint32_t operations,
                                                       std::uint32_t flags);

/// errors    NTE_INVALID_HANDLE, NTE_BAD_FLAGS, NTE_NOT_SUPPORTED
Outcome<void> check_algorithm(Ksp& ksp, Handle provider, const std::string& name,
                              std::uint32_t flags);

}  // namespace cardmux::ksp

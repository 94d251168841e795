// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Finding containers on the cards that are there.
#pragma once

#include "container/container.h"
#include "container/container_name.h"

namespace cardmux::container {

/// The card in a reader.
///
/// errors    ReaderUnavailable: no such reader; CardAbsent; ServiceUnavailable; as Token::contents
/// waits     for the card the first time, later for nothing
Result<CardInReader> card_in(provider::Provider& provider, const std::string& reader,
                             const token::Client& client, Deadline deadline);

/// Every card that can be read, in the order of the slots. With several cards, one that is busy or
/// hangs is left out after a short while, which is told. If there is none now, the first one that
/// comes back while Settings::ride_through lasts.
///
/// errors    ServiceUnavailable, TimedOut, AccessDenied, ShuttingDown; ReaderUnavailable: there is
///           no reader; CardAbsent: there is no card; the first card's error if none can be read
Result<CardsThere> all_cards(provider::Provider& provider, const token::Client& client,
                             Deadline deadline);

/// The card in the reader; or every card, if it names none.
///
/// errors    as card_in, all_cards
Result<CardsThere> cards_in(provider::Provider& provider, const std::optional<std::string>& reader,
                            const token::Client& client, Deadline deadline);

/// What was read of these cards counts no more: who asks for them reads them again. No APDU.
///
/// reader    none: all
/// errors    ServiceUnavailable, TimedOut, AccessDenied, ShuttingDown
Result<void> distrust_cards(provider::Provider& provider, const std::optional<std::string>& reader,
                            Deadline deadline);

/// Ends the holds of the cards there, in the reader that is named, else in all: before a person is
/// asked for something. A card without a hold costs nothing.
///
/// waits     for the operation in progress on a card, until the deadline
void end_holds(provider::Provider& provider, const std::optional<std::string>& reader,
               Deadline deadline);

/// The container that a name means. A card that could not be looked at may have it.
///
/// errors    KeyNotFound: no card has it; ObjectNotFound: the card, or every card, has no key at
///           all; CardBusy, TimedOut, NoProgress: it is on no card that was read (the default: on
///           none before this one), and this one was not; as cards_in
Result<FoundContainer> find_container(provider::Provider& provider, const ContainerName& name,
                                      const token::Client& client, Deadline deadline);

}  // namespace cardmux::container

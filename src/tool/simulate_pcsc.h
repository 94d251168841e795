// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The two things that `cardmux simulate` does as a PC/SC program: see whether pcscd has its cards,
// and reset one as any other program could. Uses the service that PCSCLITE_CSOCK_NAME names.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace cardmux::tool {

/// Returns when all these readers have a card with an answer to reset.
///
/// errors    TimedOut, ServiceUnavailable, AccessDenied
/// waits     up to `deadline`
Result<void> wait_for_cards(const std::vector<std::string>& readers, Deadline deadline);

/// Resets the card so that every program connected to it is told (SCARD_W_RESET_CARD). Waits for
/// the transaction of another program; if that takes too long, the reset happens later.
///
/// errors    TimedOut, and those of CardConnection::begin and ReaderService::connect
/// waits     up to `deadline`
Result<void> reset_card(const std::string& reader, Deadline deadline);

}  // namespace cardmux::tool

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Who is queued for a card: a client (a session, a context) and its class. Fairness is between
// clients.
#pragma once

#include <cstdint>

namespace cardmux::transaction {

/// Unique in the process, never reused.
using ClientId = std::uint64_t;

enum class ServiceClass : std::uint8_t {
    Interactive,  ///< somebody waits for it: the default
    Bulk,         ///< steps back for interactive requests after the operation in progress
};

}  // namespace cardmux::transaction

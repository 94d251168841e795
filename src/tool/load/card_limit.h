// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The card's own limit: the bare loop of GENERAL AUTHENTICATE on one connection, in one
// transaction, with nothing around it. What a module reaches is compared with this.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/secret.h"
#include "transport/transport.h"

namespace cardmux::tool::load {

struct LimitRequest {
    std::string reader;  ///< as the slot description names it; may be cut at 64 characters
    bool is_simulated = false;
    std::string simulation;          ///< the simulated module's cards: CARDMUX_SIMULATE
    Bytes public_key_info;           ///< of the key that the load used
    std::uint8_t key_reference = 0;  ///< if no key of the card has that public key
    const SecretBytes* pin = nullptr;
    double seconds = 2;
};

struct LimitResult {
    std::optional<double> rate;  ///< operations a second
    std::string note;            ///< why there is none
};

/// Measures in a process of its own, which is killed if the card takes far too long.
///
/// waits     up to seconds + 20
LimitResult measure_limit(const LimitRequest& request);

/// The loop itself, in this process.
///
/// errors    KeyNotFound, CardNotRecognized, PinIncorrect, ...; those of the transport
Result<double> run_raw_loop(transport::Transport& transport, const LimitRequest& request);

}  // namespace cardmux::tool::load

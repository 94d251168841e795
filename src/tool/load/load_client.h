// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// One thread of the load: signs in a loop, checks every signature, writes down what happened. It
// does what an ordinary program does and no more: it neither repeats a failed call nor repairs its
// session.
#pragma once

#include "tool/load/pkcs11_target.h"

namespace cardmux::tool::load {

struct ClientPlace {
    unsigned process = 0;
    unsigned client = 0;    ///< counts through all processes
    std::uint64_t run = 0;  ///< a number that makes this run's data its own
};

/// Runs until the time or the count of `options` is used up.
///
/// waits     as long as the module does; a call that never returns is the supervisor's business
void run_client(const LoadOptions& options, const Pkcs11Target& target, RunRecord& record,
                ClientPlace place);

}  // namespace cardmux::tool::load

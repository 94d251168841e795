// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The seams: everything of the outside world that the provider uses, handed in at construction.
// (Threads, locks and the clock are seams too: src/base/*_posix.cpp, exchanged at link time.)
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/random.h"
#include "transaction/outer_turn.h"
#include "transport/transport.h"

namespace cardmux::provider {

/// Makes the turn among processes for one reader of a world, agreed on in a folder.
using TurnFactory = std::function<Result<std::unique_ptr<transaction::OuterTurn>>(
    const std::string& folder, const std::string& world, const std::string& reader)>;

struct Environment {
    std::shared_ptr<transport::Transport> transport;
    std::shared_ptr<LogSink> log;             ///< null: silent
    RandomSource* random = &system_random();  ///< must outlive the provider
    bool may_create_threads =
        true;  ///< false: callers' threads do the work, no holds, no time limits
    /// Called with no lock held; not at all in a world that no other process sees.
    TurnFactory open_turn = transaction::open_shared_turn;
};

}  // namespace cardmux::provider

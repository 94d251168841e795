// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// One run of the load: starts the loading processes together, watches them, ends them at the time
// limit. The supervisor never loads the module itself.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tool/load/pkcs11_target.h"

namespace cardmux::tool::load {

/// How a loading process ended.
struct ProcessEnd {
    bool hung = false;     ///< killed at the time limit
    bool crashed = false;  ///< ended by a signal, or otherwise than told
    std::string how;
};

struct RunEnd {
    std::unique_ptr<RunRecord> record;
    std::vector<ProcessEnd> processes;
    std::int64_t ended_us = 0;
};

/// Called about once a second while the load runs.
using ProgressFunction = std::function<void(RunRecord& record)>;

/// Opens the module once in a process of its own and closes it again: to learn the reader and the
/// key, and so that a wrong PIN costs one try and not one for each process.
///
/// errors    SystemFailed
Result<RunEnd> probe_target(const LoadOptions& options, const KeySelector& selector);

/// errors    SystemFailed
/// waits     at most for options.run_limit()
Result<RunEnd> run_load(const LoadOptions& options, const KeySelector& selector,
                        const ProgressFunction& progress);

}  // namespace cardmux::tool::load

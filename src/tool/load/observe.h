// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// From the shared record of a run to the report.
#pragma once

#include "tool/load/load_report.h"
#include "tool/load/load_run.h"

namespace cardmux::tool::load {

/// Figures, processes, errors, stuck calls and facts. The limit is not in the record.
LoadReport report_of(const LoadOptions& options, RunEnd& end);

/// "12.0 s  431 signatures (36.2/s now), 0 errors"
std::string progress_text(RunRecord& record, std::uint64_t& seen_before);

}  // namespace cardmux::tool::load

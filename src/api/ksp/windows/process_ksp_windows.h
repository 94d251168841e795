// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The key storage provider of this process.
#pragma once

#include "api/ksp/ksp.h"

namespace cardmux::ksp {

/// Made at first use, never destroyed: threads may be inside when the process ends. Keeps the DLL
/// loaded from then on. Touches no card and no smart card service.
Ksp& process_ksp();

}  // namespace cardmux::ksp

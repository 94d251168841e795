// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Threads of a POSIX program have their process's rights.
#include "base/acting_for_process.h"

namespace cardmux {

ActingForProcess::ActingForProcess() = default;

ActingForProcess::~ActingForProcess() {
    impersonated_ = nullptr;
}

}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include <windows.h>

#include "base/acting_for_process.h"

namespace cardmux {

ActingForProcess::ActingForProcess() {
    // Opened with the rights of the process: the person impersonated may not look at it.
    if (!OpenThreadToken(GetCurrentThread(), TOKEN_IMPERSONATE, TRUE, &impersonated_)) {
        impersonated_ = nullptr;
        return;
    }
    if (SetThreadToken(nullptr, nullptr)) return;
    CloseHandle(impersonated_);
    impersonated_ = nullptr;
}

ActingForProcess::~ActingForProcess() {
    if (impersonated_ == nullptr) return;
    // It was this thread's a moment ago; if it cannot be put back, the thread must not go on with
    // more rights than its caller gave it.
    if (!SetThreadToken(nullptr, impersonated_)) ImpersonateAnonymousToken(GetCurrentThread());
    CloseHandle(impersonated_);
}

}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The one variable of the process: the module between C_Initialize and C_Finalize. It survives fork
// (the child starts without one) and process exit (the card is let go first).
#pragma once

#include <memory>

#include "api/pkcs11/module/module.h"

namespace cardmux::pkcs11 {

/// Makes the module.
///
/// errors    CKR_CRYPTOKI_ALREADY_INITIALIZED, and as Module::create
Outcome<void> initialize(bool may_create_threads);

/// Takes the module away: later calls are refused, waiting ones end, running ones finish.
///
/// errors    CKR_CRYPTOKI_NOT_INITIALIZED
/// waits     for threads of ours to end: a bounded time
Outcome<void> finalize();

/// errors    CKR_CRYPTOKI_NOT_INITIALIZED
Outcome<std::shared_ptr<Module>> current_module();

}  // namespace cardmux::pkcs11

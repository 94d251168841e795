// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What a module stands on between C_Initialize and C_Finalize. On POSIX systems it makes its own
// provider; on Windows it joins the process's one, which the CSP and the KSP use, too.
#pragma once

#include <memory>

#include "api/pkcs11/outcome.h"
#include "base/log.h"
#include "provider/provider.h"

namespace cardmux::pkcs11 {

struct ModuleWorld {
    std::shared_ptr<provider::Provider> provider;
    std::shared_ptr<LogSink> log;
    bool is_provider_shared = false;  ///< others use it: C_Finalize must leave it alone
};

/// Touches no card, connects to nothing.
///
/// may_create_threads    false: CKF_LIBRARY_CANT_CREATE_OS_THREADS
/// errors    InvalidArgument: the settings are wrong (standard error, on Windows the event log,
///           says which); OutOfMemory; CKR_NEED_TO_CREATE_THREADS: the provider is the process's,
///           and has threads; ShuttingDown: the process is ending
Outcome<ModuleWorld> make_module_world(bool may_create_threads);

}  // namespace cardmux::pkcs11

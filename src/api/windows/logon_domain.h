// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Who logged in: an interface of this process, in one logon session. A service that impersonates
// its callers (IIS) has one domain for each of them, and none may sign with another's PIN.
#pragma once

#include "api/windows/error_to_status.h"
#include "token/token.h"

namespace cardmux::api {

/// The domain of the calling thread: of the user that it impersonates, else of the process. No two
/// interfaces, and none of PKCS#11, have the same. token::unknown_domain if the system does not say
/// who calls (a thread that impersonates at anonymous level).
token::DomainId current_logon_domain(WindowsInterface api);

}  // namespace cardmux::api

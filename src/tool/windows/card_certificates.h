// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The certificates of the cards that are in readers, as our providers give them: each with the name
// of its container. Asked for through the system, as every program does.
#pragma once

#include <string>
#include <vector>

#include "tool/windows/certificate_store.h"

namespace cardmux::tool::windows {

/// Of RSA keys: PP_USER_CERTSTORE.
///
/// errors    SystemFailed, platform_code: what the provider or the system said
/// waits     for the cards
Result<std::vector<StoredCertificate>> certificates_of_csp(const std::string& provider,
                                                           std::uint32_t type);

/// Of all keys: SmartCardUserCertStore, in each reader with a card.
///
/// errors    as certificates_of_csp
/// waits     for the cards
Result<std::vector<StoredCertificate>> certificates_of_ksp(const std::string& provider);

}  // namespace cardmux::tool::windows

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Certificates of cards as a program of Windows takes them: in a memory store, each with the name
// of the provider and the container that have its key (PP_USER_CERTSTORE, SmartCardUserCertStore).
#pragma once

#include <string>
#include <vector>

#include "container/container.h"

namespace cardmux::api {

/// Which provider a certificate names: CRYPT_KEY_PROV_INFO.
struct NamedProvider {
    std::string name;          ///< UTF-8
    std::uint32_t type = 0;    ///< PROV_*; 0: a key storage provider
    bool with_reader = false;  ///< containers by their full names (`\\.\reader\container`)
};

/// A new HCERTSTORE, as its bits: the caller hands it on, or closes it. Empty for no cards.
/// That of a CSP has the certificates of RSA keys only.
///
/// errors    SystemFailed (platform_code: the system's)
/// waits     for nothing
Result<std::uintptr_t> make_certificate_store(const std::vector<container::CardInReader>& cards,
                                              const NamedProvider& provider);

/// The certificates in a store of the caller's, X.509, DER.
///
/// store     an open HCERTSTORE, as its bits
std::vector<Bytes> certificates_in(std::uintptr_t store);

}  // namespace cardmux::api

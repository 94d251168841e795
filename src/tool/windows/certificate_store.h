// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The user's certificates (store MY) and which provider each names for its private key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace cardmux::tool::windows {

/// CERT_KEY_PROV_INFO_PROP_ID. Programs find the key by it.
struct KeyLink {
    std::string container;
    std::string provider;
    std::uint32_t type = 0;  ///< of a CSP; 0: a KSP
    std::uint32_t flags = 0;
    std::uint32_t key_spec = 0;
    bool operator==(const KeyLink&) const = default;
};

struct StoredCertificate {
    Bytes thumbprint;  ///< SHA-1
    std::string subject;
    std::optional<KeyLink> link;
    bool has_parameters = false;  ///< the link has parameters, which nobody but its maker knows
};

/// errors    SystemFailed: the store does not open; platform_code: Win32's
Result<std::vector<StoredCertificate>> list_own_certificates();

/// returns   false: there is no such certificate (any more)
/// errors    SystemFailed, platform_code: Win32's
Result<bool> set_link(ByteView thumbprint, const KeyLink& link);

struct PublishedCertificate {
    std::string subject;
    std::string container;
};

/// Adds the certificates that a CSP gives for its card (PP_USER_CERTSTORE) to MY. Each has its link
/// from the provider already, or gets one.
///
/// errors    SystemFailed, platform_code: what the provider or the store said
/// waits     for the card
Result<std::vector<PublishedCertificate>> publish_certificates(const std::string& provider,
                                                               std::uint32_t type);

/// %LocalAppData%\Cardmux\certificates.json
std::string certificate_backup_file();

struct SavedLink {
    Bytes thumbprint;
    KeyLink link;
};

/// errors    SystemFailed: cannot be written
Result<void> write_saved_links(const std::vector<SavedLink>& links);

/// Empty if there is no file.
///
/// errors    DataInvalid: the file is not what write_saved_links wrote
Result<std::vector<SavedLink>> read_saved_links();

}  // namespace cardmux::tool::windows

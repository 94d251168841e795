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
    std::string container;  ///< empty: none is named, and the default one is meant
    std::string provider;
    std::uint32_t type = 0;   ///< of a CSP; 0: a KSP
    std::uint32_t flags = 0;  ///< CRYPT_KEY_PROV_INFO's: how a program opens the key
    std::uint32_t key_spec = 0;
    bool operator==(const KeyLink&) const = default;
};

struct StoredCertificate {
    Bytes thumbprint;  ///< SHA-1
    Bytes der;
    Bytes public_key;  ///< as in its SubjectPublicKeyInfo
    bool is_rsa = false;
    std::string subject;
    std::optional<KeyLink> link;
    bool has_parameters = false;  ///< the link has parameters, which nobody but its maker knows
};

/// errors    SystemFailed: the store does not open; platform_code: Win32's
Result<std::vector<StoredCertificate>> list_own_certificates();

/// Of a store that a provider has made (HCERTSTORE), which is closed.
std::vector<StoredCertificate> list_store(void* store);

/// returns   false: there is no such certificate (any more)
/// errors    SystemFailed; platform_code: Win32's, or 0: written, and not there afterwards
Result<bool> set_link(ByteView thumbprint, const KeyLink& link);

/// Adds a certificate to MY. One that is there stays as it is.
///
/// returns   false: it is there
/// errors    SystemFailed, platform_code: Win32's
Result<bool> add_certificate(ByteView der, const KeyLink& link);

/// %LocalAppData%\Cardmux\certificates.json
std::string certificate_backup_file();

struct SavedLink {
    Bytes thumbprint;
    KeyLink link;  ///< as it was
    KeyLink ours;  ///< what took its place
};

/// errors    SystemFailed: cannot be written
Result<void> write_saved_links(const std::vector<SavedLink>& links);

/// Empty if there is no file.
///
/// errors    DataInvalid: what is there cannot be read, or is not what write_saved_links wrote
Result<std::vector<SavedLink>> read_saved_links();

}  // namespace cardmux::tool::windows

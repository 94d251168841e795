// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Registering our CSP (both names), KSP and event source, and taking that back. Before anything is
// written, what is there goes to a backup file; what fails half-way is undone. Wants an
// administrator.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "registration/backup.h"

namespace cardmux::registration {

struct RegistrationRequest {
    /// cardmux.dll, with its full path. The forwarders lie beside it.
    std::string dll;
    /// Registered where it lies. Else it and the forwarders are copied to System32: the documented
    /// place of a KSP, which no user can change. Whoever can change a registered DLL runs his code
    /// in services and at logon, so that the caller has to look first (changeable_by_others).
    bool in_place = false;
    std::vector<Bytes> bind_atrs;  ///< cards that shall belong to our providers
};

struct RegistrationReport {
    std::string csp_image;
    std::string ksp_image;
    /// Windows itself wrote the KSP's entry; else (under Wine) we did.
    bool ksp_entry_by_system = false;
    std::vector<std::string> changed;  ///< "key: value", as written
    std::string backup;                ///< the file
};

/// left      after an error: what could not be undone; empty: all is as before. The backup stays
///           then, so that unregister_providers can be tried
/// errors    AccessDenied: not run as administrator; DataInvalid: the backup cannot be understood,
///           or not believed (its operation says which); AlreadyExists: files_in_the_way;
///           SystemFailed
Result<RegistrationReport> register_providers(const RegistrationRequest& request,
                                              std::vector<NotPutBack>& left);

/// Files in System32 with our names that no backup says we copied: somebody else's, or ours whose
/// backup was lost. Registering leaves them alone.
std::vector<std::string> files_in_the_way();

struct UnregistrationReport {
    std::size_t values = 0;              ///< so many were put back
    std::vector<std::string> left_over;  ///< in use: renamed, gone after the next start
};

/// left      after an error: what is not put back, while all else is; empty: nothing is changed
/// errors    ObjectNotFound: no backup, so nothing was registered (by this way); DataInvalid: as
///           register_providers; AccessDenied, SystemFailed: the backup stays, and our files where
///           they are, so that it can be tried again
Result<UnregistrationReport> unregister_providers(std::vector<NotPutBack>& left);

/// The backup's file.
std::string registration_backup_file();

}  // namespace cardmux::registration

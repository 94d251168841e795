// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Our DLLs in System32, where services, logon and every program find the same ones and no user can
// change them. Programs hold a DLL as long as they run, so an old one is renamed out of the way, to
// a name that nobody else will ever use, and that file goes: now, or at the next start of Windows.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace cardmux::registration {

/// System32, without a backslash at the end.
std::string system_folder();

/// The DLL with everything, and the forwarders to it.
std::vector<std::string> own_file_names();
/// The same in System32: the files that registering may copy.
std::vector<std::string> own_system_files();

/// Copies that are taken back unless they are kept.
class SystemFiles {
  public:
    SystemFiles() = default;
    ~SystemFiles() { take_back(); }
    SystemFiles(const SystemFiles&) = delete;
    SystemFiles& operator=(const SystemFiles&) = delete;

    /// Puts a copy of `from` in the place of `to`; what was there is put aside.
    ///
    /// errors    AccessDenied, SystemFailed: then `to` is as before
    Result<void> replace(const std::string& from, const std::string& to);

    /// The old files go.
    void keep();

    /// returns   files that are not as before
    std::vector<std::string> take_back();

  private:
    struct Replaced {
        std::string file;
        std::string old;  ///< empty: there was none
    };
    std::vector<Replaced> replaced_;
};

/// Removes a file whether programs use it or not; none is no error.
///
/// returns   false: it is in use, under another name, and goes at the next start of Windows
bool remove_system_file(const std::string& file);

/// Whether there is something of this name.
bool is_there(const std::string& file);

}  // namespace cardmux::registration

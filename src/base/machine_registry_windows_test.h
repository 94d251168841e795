// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// For tests: a registry of the machine that this process has for itself.
#pragma once

#include <windows.h>

#include <string>

namespace cardmux {

/// Another HKEY_LOCAL_MACHINE, empty at first, for this process and for as long as it lives. One at
/// a time.
class MachineRegistry {
  public:
    MachineRegistry() {
        RegCreateKeyA(HKEY_CURRENT_USER, path_.c_str(), &key_);
        RegOverridePredefKey(HKEY_LOCAL_MACHINE, key_);
    }
    ~MachineRegistry() {
        RegOverridePredefKey(HKEY_LOCAL_MACHINE, nullptr);
        RegCloseKey(key_);
        RegDeleteTreeA(HKEY_CURRENT_USER, path_.c_str());
    }
    MachineRegistry(const MachineRegistry&) = delete;
    MachineRegistry& operator=(const MachineRegistry&) = delete;

  private:
    // Other tests run at the same time.
    const std::string path_ = "Software\\Cardmux test " + std::to_string(GetCurrentProcessId());
    HKEY key_ = nullptr;
};

}  // namespace cardmux

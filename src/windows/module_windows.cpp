// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "windows/module_windows.h"

#include <windows.h>

namespace cardmux::windows {

void pin_this_module() {
    static const bool is_pinned = [] {
        HMODULE module = nullptr;
        return GetModuleHandleExW(
                   GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                   reinterpret_cast<LPCWSTR>(&pin_this_module), &module) != 0;
    }();
    (void)is_pinned;  // it fails for an address in no module only
}

}  // namespace cardmux::windows

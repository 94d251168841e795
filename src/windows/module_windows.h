// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The DLL that this code is in, as Windows sees it.
#pragma once

namespace cardmux::windows {

/// Keeps the DLL in the process until that ends. A host frees a provider's DLL when it gives its
/// last context back, while other threads may be inside and our own threads run in it: code that is
/// gone under a thread ends the process. Any thread, any number of times; not from DllMain.
///
/// source    Win32 "GetModuleHandleExW", GET_MODULE_HANDLE_EX_FLAG_PIN
void pin_this_module();

}  // namespace cardmux::windows

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Where Windows tells the DLL that it comes and goes. It comes quietly: everything is made at first
// use, since under the loader's lock no thread may be started and nothing waited for.
#include <windows.h>

#include "windows/process_world_windows.h"

/// `process_ends` is null if the DLL is freed, which happens only while it has never been used.
extern "C" BOOL WINAPI DllMain(HINSTANCE /*module*/, DWORD reason, LPVOID process_ends) {
    if (reason == DLL_PROCESS_DETACH && process_ends != nullptr) {
        cardmux::windows::note_process_end();
    }
    return TRUE;
}

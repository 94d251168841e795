// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "late_caller.h"

#include <cstdio>

namespace {

struct Kept {
    const char* what;
    LateCall call;
};
Kept kept[8];
int kept_count = 0;

/// The C runtime's files are gone by then.
void say(const char* what, DWORD code) {
    char line[100];
    const int size = std::snprintf(line, sizeof line, "%s: %08lX\r\n", what, code);
    DWORD written = 0;
    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), line, static_cast<DWORD>(size), &written, nullptr);
}

}  // namespace

void call_late(const char* what, LateCall call) {
    kept[kept_count++] = {what, call};
}

extern "C" BOOL WINAPI DllMain(HINSTANCE /*module*/, DWORD reason, LPVOID process_ends) {
    if (reason != DLL_PROCESS_DETACH || process_ends == nullptr) return TRUE;
    for (int i = 0; i < kept_count; ++i) say(kept[i].what, kept[i].call());
    return TRUE;
}

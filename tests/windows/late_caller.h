// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// A DLL that is loaded before ours, and so unloaded after it when the process ends: then it calls
// once more, and says what came of it.
#pragma once

#include <windows.h>

/// Makes the late call. Its code: 0, or an error.
using LateCall = DWORD (*)();

extern "C" __declspec(dllexport) void call_late(const char* what, LateCall call);

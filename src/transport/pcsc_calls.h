// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The system's PC/SC: the same functions, constants and structures, but for the width of numbers
// and of the characters in readers' names. Private to src/transport.
#pragma once

#ifdef _WIN32
#include "transport/pcsc_calls_windows.h"
#else
#include "transport/pcsc_calls_posix.h"
#endif

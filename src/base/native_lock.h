// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the system gives for locking, as data members; sync.h is the only user. On Windows no
// header of the system is included for it: windows.h, whose macros rename functions of others,
// would be in every file.
#pragma once

#ifndef _WIN32
#include <pthread.h>
#endif

namespace cardmux {

#ifdef _WIN32
using NativeLock = void*;       ///< an SRWLOCK; null is unlocked
using NativeCondition = void*;  ///< a CONDITION_VARIABLE; null: nobody waits
#else
using NativeLock = pthread_mutex_t;
using NativeCondition = pthread_cond_t;
#endif

}  // namespace cardmux

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// What the system calls an open file: a descriptor or a HANDLE. For members of classes in src/base.
#pragma once

namespace cardmux {

#ifdef _WIN32
using NativeFile = void*;  ///< a HANDLE
inline constexpr NativeFile no_file = nullptr;
#else
using NativeFile = int;
inline constexpr NativeFile no_file = -1;
#endif

}  // namespace cardmux

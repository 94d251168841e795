// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Windows does not fork: a process has one generation, and keeps from its children what is not
// marked to be inherited.
#include <windows.h>

#include "base/child_processes.h"

namespace cardmux {

/// Nothing that we open is inherited; a host that changed that by a hook is overruled.
KeptFromChildren::KeptFromChildren(NativeFile file) {
    SetHandleInformation(file, HANDLE_FLAG_INHERIT, 0);
}

KeptFromChildren::~KeptFromChildren() = default;

KeptFromChildren::KeptFromChildren(KeptFromChildren&&) noexcept = default;

KeptFromChildren& KeptFromChildren::operator=(KeptFromChildren&&) noexcept = default;

std::uint64_t fork_count() {
    return 0;
}

std::uint32_t process_id() {
    return GetCurrentProcessId();
}

std::uint64_t process_generation() {
    return 1;
}

}  // namespace cardmux

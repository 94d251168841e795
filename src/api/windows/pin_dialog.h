// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The plain dialog that asks for the PIN.
#pragma once

#include <cstdint>
#include <memory>

#include "container/pin_prompt.h"

namespace cardmux::api {

/// Asks on the calling thread's desktop. NotSupported if the process has none that a person sees (a
/// service).
std::shared_ptr<container::PinPrompt> make_pin_dialog();

/// The window that the dialog of this thread may have for its parent, 0 for none: `wanted` unless
/// it is gone, or another thread's of this process. That thread may wait for us, without looking at
/// its messages; a dialog over its window waits for that.
///
/// wanted    HWND
std::uintptr_t dialog_parent(std::uintptr_t wanted);

}  // namespace cardmux::api

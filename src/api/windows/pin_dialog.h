// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The plain dialog that asks for the PIN.
#pragma once

#include <memory>

#include "container/pin_prompt.h"

namespace cardmux::api {

/// Asks on the calling thread's desktop. NotSupported if the process has none that a person sees (a
/// service).
std::shared_ptr<container::PinPrompt> make_pin_dialog();

}  // namespace cardmux::api

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Where this program lies.
#pragma once

#include <string>

namespace cardmux::tool::windows {

/// Without a backslash at the end.
std::string folder_of_this_program();

}  // namespace cardmux::tool::windows

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The PIN for a load: from a file, never from the command line, which every user can read.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace cardmux::tool::windows {

/// The first line, without its end.
///
/// errors    SystemFailed: cannot be read; PinFormatInvalid: what is there cannot be what the user
///           meant (empty, longer than 256 bytes, UTF-16, a byte order mark, blanks around it);
///           the operation says which
Result<SecretBytes> read_pin_file(const std::string& file);

}  // namespace cardmux::tool::windows

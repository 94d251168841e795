// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// The file that the setting management_key_file names: the key with which cards can be written, in
// hexadecimal. Read each time that a card is to be written to, and kept nowhere.
#pragma once

#include <string>

#include "base/secret.h"

namespace cardmux::provider {

/// path      UTF-8
/// returns   16, 24 or 32 bytes
/// errors    ManagementKeyRequired: the file cannot be read (platform_code: the system's reason),
///           others than its owner may read or write it (not looked at on Windows), it belongs to
///           another user than this process's or root (on Windows: than this process's, SYSTEM or
///           administrators), or holds no key
Result<SecretBytes> read_management_key(const std::string& path);

/// The key in the file's text: hexadecimal digits, with blanks, colons and line ends between bytes.
///
/// errors    ManagementKeyRequired
Result<SecretBytes> parse_management_key(std::string_view text);

}  // namespace cardmux::provider

// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Files that commands read and write, "-" being stdin and stdout; and PEM (RFC 7468).
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "tool/command.h"

namespace cardmux::tool {

/// errors    SystemFailed
Result<Bytes> read_data(const std::string& path);

/// errors    SystemFailed
Result<void> write_data(const std::string& path, ByteView data);

/// As above, with the failure reported, and `exit_code` set.
std::optional<Bytes> read_input(const std::string& path, ExitCode& exit_code);
ExitCode write_output(const std::string& path, ByteView data);

std::string pem_of(ByteView der, const std::string& label);

/// The first PEM block if the data are PEM; else the data as they are.
///
/// errors    DataInvalid: PEM that is damaged
Result<Bytes> der_of(ByteView data);

}  // namespace cardmux::tool

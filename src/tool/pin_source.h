// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
//
// Where the PIN comes from: a file, a descriptor that the caller opened, or the terminal. Never the
// command line, which every user of the machine can read.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "tool/command.h"
#include "tool/pkcs11_uri.h"

namespace CLI {
class App;
}

namespace cardmux::tool {

struct PinSource {
    std::string file;
    int descriptor = -1;
    bool is_given() const { return !file.empty() || descriptor >= 0; }
};

/// Adds --pin-file and --pin-fd.
void add_pin_options(CLI::App& command, PinSource& source);

/// Where the PIN of this URI's token is: what the command line says (`given`), else the URI's
/// pin-source if it is a file (RFC 7512, 2.4), else nowhere.
///
/// errors    InvalidArgument: another kind of pin-source; `problem` says so
Result<PinSource> pin_source_for(const Pkcs11Uri& uri, const PinSource& given,
                                 std::string& problem);

/// Reads the PIN: from the source, or if none is given from the terminal with its echo off. The
/// line end does not count.
///
/// errors    LoginRequired: none given and no terminal; PinFormatInvalid: empty, or longer than 256
///           bytes; SystemFailed: cannot be read
/// waits     for the person at the terminal
Result<SecretBytes> read_pin(const PinSource& source, const std::string& prompt);

/// As read_pin, with the failure reported, and `exit_code` set.
std::optional<SecretBytes> read_pin_or_report(const PinSource& source, const std::string& prompt,
                                              ExitCode& exit_code);

}  // namespace cardmux::tool

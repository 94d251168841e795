// SPDX-License-Identifier: Apache-2.0
// Copyright The Cardmux authors
#include "tool/pin_source.h"

namespace cardmux::tool {
namespace {

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (text.substr(0, prefix.size()) != prefix) return false;
    text.remove_prefix(prefix.size());
    return true;
}

/// "file:/a", "file:///a", "file://localhost/a" (RFC 8089), or a path that begins at the root.
std::string path_of(std::string_view source) {
    if (take_prefix(source, "file:")) {
        if (take_prefix(source, "//localhost/") || take_prefix(source, "///"))
            return "/" + std::string(source);
        return source.substr(0, 2) == "//" ? std::string() : std::string(source);
    }
    return source.substr(0, 1) == "/" ? std::string(source) : std::string();
}

}  // namespace

Result<PinSource> pin_source_for(const Pkcs11Uri& uri, const PinSource& given,
                                 std::string& problem) {
    if (given.is_given() || uri.pin_source.empty()) return given;
    PinSource source;
    source.file = path_of(uri.pin_source);
    if (source.is_given()) return source;
    problem = "pin-source=" + uri.pin_source +
              ": only a file of this machine is read (file:/path); for a program use --pin-fd";
    return Error(ErrorCode::InvalidArgument, "read a pin-source");
}

std::optional<SecretBytes> read_pin_or_report(const PinSource& source, const std::string& prompt,
                                              ExitCode& exit_code) {
    auto pin = read_pin(source, prompt);
    if (pin) return std::move(pin).value();
    const std::string where =
        source.descriptor >= 0 ? "descriptor " + std::to_string(source.descriptor) : source.file;
    if (pin.error().code == ErrorCode::SystemFailed) {
        (void)report_system_error("read the PIN from " + where, pin.error());
        exit_code = ExitCode::Pin;  // it is missing
    } else if (source.is_given()) {
        exit_code = report_error("read the PIN from " + where, pin.error());
    } else {
        exit_code = report_problem(ExitCode::Pin, "there is no terminal to ask for the PIN",
                                   "use --pin-file or --pin-fd");
    }
    return std::nullopt;
}

}  // namespace cardmux::tool
